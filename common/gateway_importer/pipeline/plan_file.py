"""A plan's file: one JSON object a line (gzip where its name says so), the first about the plan, the last a check that
none is missing. Read once from beginning to end before anything is done, so that a damaged one changes nothing."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from gateway_importer.errors import InputError
from gateway_importer.pipeline.plan import PlannedProduct
from gateway_importer.redaction import SECRETS
from gateway_importer.report.model import PlanRow

FORM = 1
LONGEST_LINE = 64_000_000  # bytes; a product of very many variants
SHOWN = 200  # rows on the report's page

_encode = msgspec.json.Encoder(decimal_format="number").encode
AGAIN = "Make the plan again: preview --save FILE."


class Head(msgspec.Struct, frozen=True):
    """What a plan belongs to: `shop` is the ledger's identity, `settings` the digest of what decides what is sent."""

    plan: int
    program: str
    made: datetime
    gateway: str
    shop: dict[str, str]
    settings: str


class Tail(msgspec.Struct, frozen=True):
    """The number of products, and a digest of all lines before."""

    end: bool
    products: int
    sha256: str


class PlanWriter:
    """Writes a plan beside its place, and puts it there by `finish`. `counts` are by what would be done; `rows` the
    first for the report. Raises `InputError` where the file cannot be written."""

    def __init__(self, path: Path, head: Head) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self.rows: list[PlanRow] = []
        self.more_rows = 0
        self._unfinished = path.with_name(f".{path.name}.unfinished")
        self._sum = hashlib.sha256()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _opened(self._unfinished, path.name.endswith(".gz"))
            self._put(_encode(head))
        except OSError as problem:
            raise _unwritable(path, problem) from problem

    def add(self, product: PlannedProduct) -> None:
        self.counts[product.does] += 1
        for row in _rows(product):
            if len(self.rows) < SHOWN:
                self.rows.append(row)
            else:
                self.more_rows += 1
        try:
            self._put(SECRETS.redact(_encode(product).decode()).encode())
        except OSError as problem:
            raise _unwritable(self.path, problem) from problem

    def _put(self, line: bytes) -> None:
        self._sum.update(line + b"\n")
        self._file.write(line + b"\n")

    def finish(self) -> None:
        try:
            self._file.write(_encode(Tail(True, self.counts.total(), self._sum.hexdigest())) + b"\n")
            self._file.close()
            self._unfinished.replace(self.path)
        except OSError as problem:
            raise _unwritable(self.path, problem) from problem

    def abandon(self) -> None:
        """The preview did not come to its end: there is no plan."""
        self._file.close()
        self._unfinished.unlink(missing_ok=True)


class PlanReader:
    """Reads a plan. `check` must come first."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self, shop: Mapping[str, str], settings: str) -> Head:
        """Read the first line. Raises `InputError` where it is no plan, or another shop's or other settings'."""
        try:
            with _lines(self._path) as lines:
                first = next(iter(lines), b"")
        except (OSError, EOFError, zlib.error) as problem:
            raise self._unreadable(str(problem)) from problem
        try:
            form = msgspec.json.decode(first)["plan"]
        except (msgspec.DecodeError, KeyError, TypeError, UnicodeDecodeError) as problem:
            raise self._unreadable("its first line is not that of a plan") from problem
        if form != FORM:
            raise InputError(
                f"The plan {self._path} has form {form}; this program reads form {FORM}.",
                "Make the plan again with this version, or carry it out with the one that made it.",
            )
        try:
            head = msgspec.json.decode(first, type=Head)
        except msgspec.DecodeError as problem:
            raise self._unreadable(str(problem)) from problem
        differing = [f"{key} '{head.shop.get(key)}' then, '{value}' now" for key, value in shop.items()
                     if head.shop.get(key) != value]  # fmt: skip
        if differing:
            raise InputError(
                f"The plan {self._path} is another shop's ({'; '.join(differing)}). Nothing was written.",
                "Give that shop's settings, or this shop's plan.",
            )
        if head.settings != settings:
            raise InputError(
                f"The plan {self._path} was made with other settings, another category mapping or another version "
                f"({head.program}). Nothing was written.",
                "Give the settings of then, or make the plan again: preview --save FILE.",
            )
        return head

    def products(self) -> Iterator[tuple[str, str, bytes]]:
        """Product, what is done with it, and its line. Raises `InputError` at whatever is damaged, at the latest at
        the end: nothing may be done before."""
        summed, count, ended = hashlib.sha256(), 0, False
        try:
            with _lines(self._path) as lines:
                for number, line in enumerate(lines, start=1):
                    if ended:
                        raise self._unreadable(f"line {number} comes after its end")
                    if line.startswith(b'{"end":'):
                        tail = msgspec.json.decode(line, type=Tail)
                        ended = tail.products == count and tail.sha256 == summed.hexdigest()
                        if not ended:
                            raise self._unreadable("its lines are not those that it was made with")
                        continue
                    summed.update(line)
                    if number > 1:
                        count += 1
                        planned = msgspec.json.decode(line, type=PlannedProduct)
                        yield planned.product, planned.does, line
        except (OSError, EOFError, zlib.error, msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise self._unreadable(str(problem)) from problem
        if not ended:
            raise self._unreadable("its end is missing")

    def _unreadable(self, why: str) -> InputError:
        return InputError(f"The plan {self._path} cannot be read: {why}. Nothing was written.", AGAIN)


def head(program: str, gateway: str, shop: Mapping[str, str], settings: str) -> Head:
    return Head(FORM, program, datetime.now(UTC), gateway, dict(shop), settings)


def parsed(line: bytes) -> PlannedProduct:
    return msgspec.json.decode(line, type=PlannedProduct)


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[bytes]]:
    """A plan's lines, unpacked where they are packed."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with cast("IO[bytes]", gzip.open(path, "rb") if packed else path.open("rb")) as lines:
        yield iter(lambda: lines.readline(LONGEST_LINE), b"")


def _opened(path: Path, packed: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "wb", compresslevel=6) if packed else path.open("wb"))


def _unwritable(path: Path, problem: OSError) -> InputError:
    return InputError(f"The plan {path} cannot be written: {problem.strerror}.", "Give a path that can be written.")


def _rows(product: PlannedProduct) -> Iterator[PlanRow]:
    """A product's line as rows of the report's page."""
    for variant in product.variants:
        about = (product.product, product.name, variant.sku)
        if variant.step in {"change", "revive"}:
            for name, field in variant.fields.items():
                yield PlanRow(*about, variant.step, name, _text(field.was), _text(field.to))
        elif variant.step != "stay":
            yield PlanRow(*about, variant.step, "", "", product.detail)
        for name, (holds, says) in variant.stays.items():
            yield PlanRow(*about, "stay", name, _text(holds), _text(says))


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else str(value)
