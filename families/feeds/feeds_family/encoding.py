"""In which encoding a text is. UTF-8 is what reads as UTF-8; else it is the encoding of Polish Windows, unless somebody
says otherwise: every byte is a letter there, so that it cannot be told from ISO-8859-2 by trying."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from feeds_family.refusals import NotUsable

CHUNK = 1 << 20
BROKEN = "\ufffd"
FEW_BROKEN = 10  # right letters for each broken one, at least, in what is UTF-8 all the same
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
WINDOWS, ISO = "windows-1250", "iso-8859-2"
#: The letters ś, Ś, ź, ą, Ą in one of the two; in the other one these bytes are signs that hardly any text has.
ONLY_WINDOWS, ONLY_ISO = b"\x9c\x8c\x9f\xb9\xa5", b"\xb6\xa6\xbc\xb1\xa1"


@dataclass(frozen=True, slots=True)
class Encoding:
    """`name` is Python's. `remark` says how it was found, where it was not written in the file. `broken`: some
    letters are none of it, and are read as `BROKEN`."""

    name: str
    remark: str = ""
    broken: bool = False


def encoding_of(path: Path, wanted: str | None) -> Encoding:
    """The encoding of a text. Raises `NotUsable` where it is not in the `wanted` one, or in none that can be told."""
    with path.open("rb") as file:
        head = file.read(4)
    if wanted:
        offset = undecodable(path, wanted)
        if offset is not None:
            raise NotUsable(f"byte {offset} is none of {wanted}, which ENCODING names", "Set ENCODING to what it is.")
        return Encoding("utf-8-sig" if wanted == "utf-8" and head.startswith(codecs.BOM_UTF8) else wanted)
    for mark, name in MARKS:
        if head.startswith(mark):
            return Encoding(name)
    if undecodable(path, "utf-8") is None:
        return Encoding("utf-8")
    letters, broken = _utf8_letters(path)
    if letters > FEW_BROKEN * broken:
        # Programs cut names after so many bytes, in the middle of a letter.
        said = f"The file is UTF-8 but for {broken} places, at which letters are broken: they are shown as '{BROKEN}'."
        return Encoding("utf-8", said, broken=True)
    seen = _bytes_of(path)
    windows = sum(seen[byte] for byte in ONLY_WINDOWS)
    iso = sum(seen[byte] for byte in ONLY_ISO)
    if undecodable(path, WINDOWS) is None and windows >= iso:
        return Encoding(WINDOWS, f"The file is no UTF-8: it was read as {WINDOWS} (ENCODING=iso-8859-2 for the other).")
    raise NotUsable(
        "it is no UTF-8, and its letters look like those of ISO-8859-2",
        "Look at its Polish letters and set ENCODING=iso-8859-2 or ENCODING=windows-1250.",
    )


def _utf8_letters(path: Path) -> tuple[int, int]:
    """How many letters beyond ASCII are UTF-8, and how many bytes or beginnings of letters are not."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    letters = broken = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            text = decoder.decode(chunk, final=not chunk)
            broken += text.count(BROKEN)
            letters += sum(1 for one in text if one > "\x7f")
            if not chunk:
                return letters - broken, broken


def undecodable(path: Path, encoding: str) -> int | None:
    """The place of the first byte that is none of an encoding; None where all are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as problem:
                return done + problem.start
            if not chunk:
                return None
            done += len(chunk)


def has_wide_letters(path: Path) -> bool:
    """Whether there is a byte beyond ASCII."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if not chunk.isascii():
                return True
    return False


def _bytes_of(path: Path) -> list[int]:
    counts = [0] * 256
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            for byte in {*ONLY_WINDOWS, *ONLY_ISO}:
                counts[byte] += chunk.count(byte)
    return counts
