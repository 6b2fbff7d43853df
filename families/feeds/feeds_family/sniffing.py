"""Which format a file is in, by its bytes alone: names and content types lie."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import IO

from feeds_family import xml
from feeds_family.encoding import encoding_of, has_wide_letters, undecodable
from feeds_family.google import is_template
from feeds_family.refusals import AGAIN, READS, NotUsable

LARGEST = 4 * 1024**3  # bytes, unpacked
LARGEST_WORKBOOK = 512 * 1024**2  # bytes of a workbook's parts, unpacked: it is read whole
CHUNK = 1 << 20
HEAD = 4096
LONGEST_LINE = 1 << 20  # characters
LOOKED_AT = 50_000  # events of the parser among which the first offer is looked for


class Format(Enum):
    """What can be read. The value is the word in settings and reports."""

    CENEO = "ceneo"
    GOOGLE_RSS = "google_rss"
    GOOGLE_ATOM = "google_atom"
    GOOGLE_TSV = "google_tsv"
    CSV = "csv"
    XLSX = "xlsx"
    XLS = "xls"

    @property
    def xml(self) -> bool:
        return self in {Format.CENEO, Format.GOOGLE_RSS, Format.GOOGLE_ATOM}

    @property
    def table(self) -> bool:
        """Whether what its columns mean has to be said."""
        return self in {Format.CSV, Format.XLSX, Format.XLS}

    @property
    def google(self) -> bool:
        return self in {Format.GOOGLE_RSS, Format.GOOGLE_ATOM, Format.GOOGLE_TSV}


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A file that lies unpacked at `path`. `scratch` is where more may be written for this run; `encoding` is None
    where the document's own declaration holds; `broken`: some letters are none of it."""

    format: Format
    path: Path
    scratch: Path
    encoding: str | None = None
    remarks: tuple[str, ...] = ()
    broken: bool = False

    @property
    def errors(self) -> str:
        """What Python does with bytes that are none of the encoding."""
        return "replace" if self.broken else "strict"


#: What other files begin with.
OTHERS: Sequence[tuple[bytes, str, str]] = (
    (b"{\\rtf", "it is an RTF document: a feed that somebody saved with a word processor",
     "Save the feed as it comes from the shop, without opening it in a word processor; or give its address."),
    (b"%PDF", "it is a PDF", f"Ask for the data itself: {READS}."),
    (b"[INFO]", "it is an EPP file, which is not read yet", f"Ask for one of {READS}."),
    (b"Rar!", "it is a RAR archive", "Pack it as ZIP or gzip, or not at all."),
    (b"7z\xbc\xaf", "it is a 7z archive", "Pack it as ZIP or gzip, or not at all."),
)  # fmt: skip


def sniff(path: Path, scratch: Path, *, encoding: str | None = None, html_entities: bool = False) -> Sniffed:
    """The format of a file. `scratch` is a folder for what has to be unpacked. Raises `NotUsable`."""
    head = _head(path)
    remarks: list[str] = []
    for packed, unpack in ((b"\x1f\x8b", _gunzip), (b"PK\x03\x04", _unzip)):
        if head.startswith(packed):
            path, said = unpack(path, scratch)
            if said == Format.XLSX.value:
                return Sniffed(Format.XLSX, path, scratch, None, tuple(remarks))
            remarks.append(said)
            head = _head(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return Sniffed(Format.XLS, path, scratch, None, tuple(remarks))
    if not head.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise NotUsable("it is empty", AGAIN, again=True)
    bare = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    bare = bare.lstrip()
    for begins, why, cure in OTHERS:
        if bare.startswith(begins):
            raise NotUsable(why, cure)
    lowered = bare[:1000].lower()
    if lowered.startswith((b"<!doctype html", b"<html")) or b"<html" in lowered.partition(b"?>")[2][:200]:
        raise NotUsable(
            "in its place there is an HTML page, such as an error or a log-in page",
            "Open the address in a private window of a browser: what is to be seen there is what the importer gets.",
            again=True,
        )
    if bare.startswith(b"<"):
        return _xml(path, scratch, encoding, html_entities, remarks)
    if bare.startswith((b"{", b'[{"', b"[\n")):
        raise NotUsable("it is JSON", f"Ask for one of {READS}.")
    found = encoding_of(path, encoding)
    if found.remark:
        remarks.append(found.remark)
    with path.open(encoding=found.name, errors="replace", newline="") as file:
        lines = iter(lambda: file.readline(LONGEST_LINE), "")
        first = next((line for line in lines if line.strip()), "")
    if "\0" in first:
        raise NotUsable("it is no text, and no format that is known", f"Ask for one of {READS}.")
    # Google's own template, by its column names; else a table whose columns mean whatever somebody says.
    kind = Format.GOOGLE_TSV if is_template(first) else Format.CSV
    return Sniffed(kind, path, scratch, found.name, tuple(remarks), found.broken)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


# --- XML -----------------------------------------------------------------------------------------------------


def _xml(path: Path, scratch: Path, encoding: str | None, html_entities: bool, remarks: list[str]) -> Sniffed:
    xml.refuse_type(path)
    if html_entities:
        replaced = scratch / f"{path.name}.replaced"
        if count := xml.with_entities_replaced(path, replaced):
            path = replaced
            remarks.append(f"{count} named characters of HTML were replaced (HTML_ENTITIES=replace).")
    if encoding is None:
        declared = xml.declared_encoding(path)
        single = declared in {"windows-1250", "cp1250", "iso-8859-2", "iso-8859-1", "windows-1252"}
        if single and has_wide_letters(path) and undecodable(path, "utf-8") is None:
            encoding = "utf-8"
            remarks.append(f"The file declares {declared} and is UTF-8: it was read as UTF-8.")
    return Sniffed(_root(path, encoding), path, scratch, encoding, tuple(remarks))


def _root(path: Path, encoding: str | None) -> Format:
    """By the root element, and by the first offer where several formats share it."""
    depth = 0
    root = ""
    for seen, (event, element) in enumerate(xml.events(path, ("start", "end"), None, encoding)):
        depth += 1 if event == "start" else -1
        if event == "end":
            continue
        name = xml.local(element.tag)
        if depth == 1:
            root = name
            if element.getroottree().docinfo.doctype:
                raise xml.typed()
            if root == "feed" and ("Atom" in str(element.tag) or "}" not in str(element.tag)):
                return Format.GOOGLE_ATOM
            if root == "offer" and element.get("file_format"):
                raise NotUsable(
                    "it is an offer in the format of IdoSell (IOF), for which there is an importer of its own",
                    "Use that importer, or ask for the shop's feed for Google or Ceneo.",
                )
        elif root == "rss" and name == "channel":
            return Format.GOOGLE_RSS
        elif name == "o" and element.get("id") is not None:
            return Format.CENEO
        elif root == "offers" and name == "offer":
            raise NotUsable(
                "its offers are called <offer>, as other price comparers than Ceneo want them; such files are not read",
                "Ask the merchant for the address of the feed for Ceneo or for Google.",
            )
        if seen > LOOKED_AT:
            break
    if root == "offers":
        return Format.CENEO  # one without offers, or with very many firms before the first
    raise NotUsable(f"its root is <{root}>, which is no format that is known", f"Ask for one of {READS}.")


# --- packed --------------------------------------------------------------------------------------------------


def _gunzip(path: Path, scratch: Path) -> tuple[Path, str]:
    target = scratch / f"{path.name}.unpacked"
    unpacker = zlib.decompressobj(wbits=31)
    with path.open("rb") as source, target.open("wb") as out:
        size = 0
        try:
            while chunk := source.read(CHUNK):
                while chunk:
                    piece = unpacker.decompress(chunk, CHUNK)
                    size += len(piece)
                    _bounded(size, LARGEST)
                    out.write(piece)
                    chunk = unpacker.unconsumed_tail
                    if unpacker.eof:
                        chunk = unpacker.unused_data.lstrip(b"\0")
                        if chunk:
                            unpacker = zlib.decompressobj(wbits=31)
        except zlib.error as problem:
            raise NotUsable(f"it is packed, and cannot be unpacked ({problem})", AGAIN, again=True) from None
    if not unpacker.eof:
        raise NotUsable("it is packed, and ends early", AGAIN, again=True)
    return target, "The file is packed (gzip)."


def _unzip(path: Path, scratch: Path) -> tuple[Path, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            files = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
            if any(one.filename == "[Content_Types].xml" for one in files):
                _bounded(sum(one.file_size for one in files), LARGEST_WORKBOOK)
                return path, Format.XLSX.value
            if len(files) != 1:
                names = ", ".join(one.filename for one in files[:5])
                raise NotUsable(
                    f"it is a ZIP archive of {len(files)} files ({names})",
                    "Pack one file alone, or none at all. Save ODS as XLSX.",
                )
            target = scratch / f"{path.name}.unpacked"
            with archive.open(files[0]) as source, target.open("wb") as out:
                _copy(source, out)
            return target, f"The file is packed (ZIP, {files[0].filename})."
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        raise NotUsable(f"it is packed, and cannot be unpacked ({problem})", AGAIN, again=True) from None


def _copy(source: IO[bytes], out: IO[bytes]) -> None:
    size = 0
    while piece := source.read(CHUNK):
        size += len(piece)
        _bounded(size, LARGEST)
        out.write(piece)


def _bounded(size: int, limit: int) -> None:
    if size > limit:
        raise NotUsable(
            f"it is larger than {limit // 1024**2} MiB once it is unpacked", "Ask for a smaller file, or for a feed."
        )
