"""Looks at a file as a whole before anything of it is believed: what it is, whether it is all there, its encoding."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from iai_importer.index import FileIndex
from iai_importer.parser import HEAD
from iai_importer.scanner import NotWhole
from iai_importer.tags import attributes

TAIL = 16 * 1024
PIECE = 1024 * 1024
NOISE = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
START = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)((?:[^\"'>]|\"[^\"]*\"|'[^']*')*)>", re.DOTALL)
PRODUCTS = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?products((?:\s(?:[^\"'>]|\"[^\"]*\"|'[^']*')*)?)>", re.DOTALL)
TEXTS = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(?:description|producer|images)[\s/>]")
ENCODING = re.compile(rb"""^<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']""")
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
OFFER = "offer"


class NotUsable(Exception):
    """A file that is not what it should be. `page`: an HTML page is in its place."""

    def __init__(self, why: str, *, page: bool = False) -> None:
        super().__init__(why)
        self.page = page


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file is: the local name of its `root`, the attributes of it and of the list of products. `index`: where
    an offer's products lie; `light`: prices and stocks alone."""

    root: str
    attributes: dict[str, str]
    index: FileIndex | None
    light: bool

    @property
    def products(self) -> int:
        return len(self.index) if self.index is not None else 0

    @property
    def generated(self) -> str:
        return self.attributes.get("generated", "")

    @property
    def expires(self) -> str:
        return self.attributes.get("expires", "")


def look(path: Path) -> Looked:
    """Looks at the beginning and the end of a file, which is made UTF-8 where it is not, and goes through the products
    of an offer. Raises `NotUsable`."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(max(0, size - TAIL))
        tail = file.read()
    encoding = _encoding(head)
    if encoding != "utf-8":
        _rewrite(path, encoding)
        return look(path)
    body = _without_noise(head)
    if not body:
        raise NotUsable("it is empty" if not head.strip() else "it holds no XML")
    if body[:9].upper() == b"<!DOCTYPE":
        page = b"html" in body[:100].lower()
        raise NotUsable("it is an HTML page" if page else "it has a DTD, which is refused", page=page)
    start = START.match(body)
    if start is None:
        raise NotUsable("it is packed (gzip): unpack it" if head[:2] == b"\x1f\x8b" else "it is no XML")
    root = start[1].decode()
    if root.lower() == "html":
        raise NotUsable("it is an HTML page", page=True)
    if not start[2].endswith(b"/") and not re.search(
        rb"</(?:[A-Za-z_][\w.-]*:)?" + start[1] + rb"\s*>(?:\s|<!--.*?-->|\x00)*\Z", tail, re.DOTALL
    ):
        raise NotUsable(f"it ends early: after {size} bytes there is no </{root}>")
    inner = PRODUCTS.search(body)
    try:
        index = FileIndex(path) if root == OFFER else None
    except NotWhole as problem:
        raise NotUsable(f"it is broken between its products: {problem}") from problem
    return Looked(
        root,
        {**(attributes(inner[1]) if inner else {}), **attributes(start[2])},
        index,
        root == OFFER and TEXTS.search(body) is None,
    )


def _without_noise(head: bytes) -> bytes:
    position = 0
    while (found := NOISE.match(head, position)) is not None:
        position = found.end()
    return head[position:]


def _encoding(head: bytes) -> str:
    """By the mark at its beginning, else by what it says of itself. Raises `NotUsable`."""
    for mark, encoding in BOMS.items():
        if head.startswith(mark):
            return encoding
    said = ENCODING.match(head)
    try:
        name = codecs.lookup(said[1].decode()).name if said else "utf-8"
    except LookupError:
        raise NotUsable(f"its encoding '{said[1].decode() if said else ''}' is unknown") from None
    return "utf-8" if name in {"utf-8", "ascii"} else name


def _rewrite(path: Path, encoding: str) -> None:
    """The same file in UTF-8; it says so itself. Raises `NotUsable`."""
    new = path.with_name(path.name + ".utf8")
    decoder = codecs.getincrementaldecoder(encoding)()
    first = True
    try:
        with path.open("rb") as old, new.open("wb") as file:
            while piece := old.read(PIECE):
                text = decoder.decode(piece)
                if first:
                    text = re.sub(r"""(^<\?xml[^>]*?\sencoding\s*=\s*["'])[\w.:-]+""", r"\1utf-8", text, count=1)
                first = False
                file.write(text.encode())
            file.write(decoder.decode(b"", final=True).encode())
    except UnicodeError as problem:
        new.unlink(missing_ok=True)
        raise NotUsable(
            f"it says that it is written in {encoding}, and is not ({problem.__class__.__name__})"
        ) from None
    new.replace(path)
