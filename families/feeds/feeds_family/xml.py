"""Feeds in XML: no DTD, no entity of anybody's own, nothing from the network, and never the whole tree at once."""

from __future__ import annotations

import html.entities
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from feeds_family.refusals import AGAIN, NotUsable

PROLOG = 64 * 1024  # bytes in which a document's type stands, if it has one
CHUNK = 1 << 20
NAMES = {name.rstrip(";") for name in html.entities.html5} - {"amp", "lt", "gt", "quot", "apos"}
ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")


def local(tag: Any) -> str:
    """A name without its namespace; ``""`` for what is no element."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def events(path: Path, kinds: tuple[str, ...], tags: tuple[str, ...] | None, encoding: str | None) -> Iterator[Any]:
    """The parser's events, whose second members are elements. Raises `NotUsable`."""
    parser = etree.iterparse(
        str(path), events=kinds, tag=tags, encoding=encoding, resolve_entities=False, no_network=True,
        load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True, recover=False,
    )  # fmt: skip
    try:
        yield from parser
    except etree.XMLSyntaxError as problem:
        # The error's own log begins with what was wrong with files that were read before.
        raise malformed(problem, parser.error_log) from None


def elements(path: Path, tags: tuple[str, ...], encoding: str | None) -> Iterator[Any]:
    """Each element of these names once it is whole; it is gone when the next one is asked for."""
    first = local(tags[0])
    for _, element in events(path, ("end",), tags, encoding):
        yield element
        if element.tag == first or local(element.tag) == first:
            drop(element)


def drop(element: Any) -> None:
    """Free an element and what came before it."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def malformed(problem: etree.XMLSyntaxError, log: Iterable[Any]) -> NotUsable:
    first = next(iter(log), None)  # the parser's last word may be that there was no element
    said = str(first.message if first is not None else problem.msg or problem)
    line = first.line if first is not None else problem.lineno or 0
    if "Entity" in said and "not defined" in said:
        return NotUsable(
            f"it holds an entity of HTML that XML does not know, in line {line} ({said})",
            "Ask the merchant to have it written as XML; or set HTML_ENTITIES=replace, which replaces them.",
        )
    if any(word in said for word in ("Premature end", "not closed", "Extra content", "Document is empty", "mismatch")):
        return NotUsable(f"it is not whole, or no well-formed XML: {said}", AGAIN, again=True)
    if "encod" in said.lower() or "UTF-8" in said:
        return NotUsable(
            f"its bytes are not of the encoding that it declares ({said})",
            "Ask the merchant in which encoding it is, and set ENCODING, e.g. ENCODING=windows-1250.",
        )
    return NotUsable(
        f"it is no well-formed XML: {said}", "Ask the merchant for a file that is well-formed.", again=True
    )


def refuse_type(path: Path) -> None:
    """Raises `NotUsable` where the document has a type of its own, which may define entities."""
    with path.open("rb") as file:
        head = file.read(PROLOG)
    if head.startswith(WIDE):
        head = head.replace(b"\0", b"")
    if DOCTYPE.search(head.partition(b"<![CDATA[")[0]):
        raise typed()


def typed() -> NotUsable:
    return NotUsable(
        "it has a document type (<!DOCTYPE …>), which may define entities: such XML is not read",
        "Ask the merchant for the feed without a document type.",
    )


def declared_encoding(path: Path) -> str:
    with path.open("rb") as file:
        found = DECLARED.search(file.read(200))
    return found[1].decode().lower() if found is not None else "utf-8"


def with_entities_replaced(path: Path, target: Path) -> int:
    """Copy the file with HTML's named characters as numbers; how many there were."""
    count = 0

    def number(found: re.Match[bytes]) -> bytes:
        nonlocal count
        name = found[1].decode()
        if name not in NAMES:
            return found[0]
        count += 1
        return "".join(f"&#{ord(one)};" for one in html.entities.html5[f"{name};"]).encode()

    with path.open("rb") as source, target.open("wb") as out:
        kept = b""
        while chunk := source.read(CHUNK):
            piece = kept + chunk
            cut = piece.rfind(b"&", len(piece) - 40)
            kept = piece[cut:] if cut >= 0 else b""
            out.write(ENTITY.sub(number, piece[:cut] if cut >= 0 else piece))
        out.write(ENTITY.sub(number, kept))
    return count


def text_of(element: Any) -> str:
    """The text of an element. Tags that stand in it as they are belong to the text."""
    if not len(element):
        return (element.text or "").strip()
    inner = "".join(etree.tostring(child, encoding="unicode") for child in element)
    return f"{element.text or ''}{inner}".strip()
