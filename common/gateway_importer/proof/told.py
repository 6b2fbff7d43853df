"""How a proof is told: a table to read, line by line as it comes, and verify.json for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from gateway_importer.proof.compare import Verdict
from gateway_importer.proof.rows import Row, Tally
from gateway_importer.report.wording import cleaned, counted, one_line

JSON_NAME = "verify.json"
WIDTHS = (8, 16, 28, 13, 13, 12)  # product, SKU, name, both prices, verdict
PRICES = {3, 4}  # columns whose numbers stand to the right


class Told:
    """Tells one proof. The file goes into `wanted`, or into `fallback` where that is None or cannot be written; it
    takes the place of an older one when everything is told."""

    def __init__(
        self, wanted: Path | None, fallback: Path, say: Callable[[str], None], *, against_ledger: bool
    ) -> None:
        self._folders = [folder for folder in (wanted, fallback) if folder is not None]
        self._say = say
        self._ledger = against_ledger
        self._first = True
        self._path = fallback / JSON_NAME
        self._file: TextIO

    def __enter__(self) -> Self:
        self._file = self._opened()
        held = "the ledger" if self._ledger else "the shop's product pages"
        self._file.write(f'{{\n"against": {json.dumps(held)},\n"variants": [')
        if not self._ledger:
            self._say(_line("product", "SKU", "name", "Gateway", "page", "", ""))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is None:
            self._unfinished.replace(self._path)
        else:
            self._unfinished.unlink(missing_ok=True)

    @property
    def _unfinished(self) -> Path:
        return self._path.with_name(f".{JSON_NAME}.unfinished")

    def _opened(self) -> TextIO:
        for folder in self._folders[:-1]:
            self._path = folder / JSON_NAME
            try:
                folder.mkdir(parents=True, exist_ok=True)
                return self._unfinished.open("w", encoding="utf-8", newline="\n")
            except OSError:
                continue
        self._path = self._folders[-1] / JSON_NAME
        return self._unfinished.open("w", encoding="utf-8", newline="\n")

    def row(self, row: Row) -> None:
        """Tell of one variant."""
        self._file.write(("" if self._first else ",") + "\n" + json.dumps(_as_json(row), ensure_ascii=False))
        self._first = False
        price = next((finding for finding in row.findings if finding.what == "price"), None)
        here, there = (price.gateway, price.page) if price is not None else ("", "")
        self._say(_line(row.product, row.sku, row.name, here, there, row.verdict.value, _reason(row)))

    def end(self, tally: Tally, *, whole: bool = True) -> None:
        """Tell what it all came to; `whole`: everything that was to be looked at was."""
        numbers = {verdict.value.replace(" ", "_"): tally.verdicts[verdict] for verdict in Verdict}
        self._file.write(
            f'\n],\n"products": {tally.products},\n"whole": {json.dumps(whole)},\n"counts": {json.dumps(numbers)}\n}}\n'
        )
        for line in self._ledger_end(tally) if self._ledger else self._pages_end(tally):
            self._say(line)
        if not whole:
            self._say("It was ended before everything had been looked at.")
        self._say(f"Details: {self._path}")

    def _ledger_end(self, tally: Tally) -> Iterator[str]:
        agree, differ = tally.verdicts[Verdict.AGREES], tally.verdicts[Verdict.DIFFERS]
        yield (
            f"{counted(tally.products, 'product')}: {counted(agree, 'variant')} as last sent, "
            f"{differ} held otherwise or not shown."
        )

    def _pages_end(self, tally: Tally) -> Iterator[str]:
        told = [f"{tally.verdicts[verdict]} {words}" for verdict, words in WORDS.items() if tally.verdicts[verdict]]
        yield ""
        yield f"{counted(tally.products, 'product')} sampled; of their variants {', '.join(told) or 'none was found'}."
        for reason, count in tally.reasons.most_common():
            yield f"  not compared, {one_line(reason, 100)}: {count}"
        if not tally.verdicts[Verdict.AGREES] + tally.verdicts[Verdict.DIFFERS] + tally.verdicts[Verdict.EXPLAINED]:
            yield "Nothing could be compared, so nothing is proven."


WORDS = {
    Verdict.AGREES: "agree",
    Verdict.EXPLAINED: "differ for a known reason",
    Verdict.DIFFERS: "DIFFER",
    Verdict.NOT_COMPARED: "could not be compared",
}


def _reason(row: Row) -> str:
    if row.why:
        return row.why
    if row.verdict is Verdict.AGREES:
        return ", ".join(finding.what for finding in row.findings)
    return "; ".join(
        f"{finding.what}: {finding.why}"
        if finding.why
        else f"{finding.what}: the Gateway {finding.gateway}, the page {finding.page}"
        for finding in row.findings
        if finding.verdict is not Verdict.AGREES
    )


def _line(*cells: str) -> str:
    """The cells under each other; the last is as long as it is."""
    *narrow, last = (one_line(cell) for cell in cells)
    told = [
        (cell[: width - 1] + "…" if len(cell) > width else cell).rjust(width)
        if place in PRICES
        else (cell[: width - 1] + "…" if len(cell) > width else cell).ljust(width)
        for place, (cell, width) in enumerate(zip(narrow, WIDTHS, strict=True))
    ]
    return "  ".join([*told, last]).rstrip()


def _as_json(row: Row) -> dict[str, Any]:
    return {
        "product": cleaned(row.product),
        "variant": cleaned(row.variant),
        "name": cleaned(row.name),
        "sku": cleaned(row.sku),
        "verdict": row.verdict.value,
        "why": cleaned(row.why),
        "page": cleaned(row.address),
        "compared": [
            {
                "what": finding.what,
                "verdict": finding.verdict.value,
                "gateway": cleaned(finding.gateway),
                "page": cleaned(finding.page),
                "why": cleaned(finding.why),
            }
            for finding in row.findings
        ],
    }
