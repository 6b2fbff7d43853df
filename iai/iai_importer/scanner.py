"""Where the products of an offer begin and end, found in constant memory; nothing of them is parsed here.

An XML parser that meets one bad character ends for good, and an offer of half a gigabyte would be lost with it. So a
product's own text is cut out first, and given to the parser by itself: what is broken costs the product in which it
stands. Only what lies between products must be whole; where it is not, the file is refused before anything is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from iai_importer.tags import attributes, identity

CHUNK = 1024 * 1024  # bytes read at once
LONGEST = 32 * CHUNK  # bytes of one product; nobody writes as much about one thing

#: What can hold a product's tag without being one (CDATA, comments), and the tags that are looked for. `open` is what
#: has no end in the piece that was read so far. Elements may have a prefix of their own. A tag with a quote too many
#: ("TV 55"") ends at the next `>`: what stands behind it must not be taken for its attributes.
TOKEN = re.compile(
    rb"<(?:!\[CDATA\[[^\]]*+(?:\](?!\]>)[^\]]*+)*+\]\]>|!--.*?-->|\?.*?\?>|(?P<open>(?:!\[CDATA\[|!--|\?).*)"
    rb"|(?P<end>/)?(?:[A-Za-z_][\w.-]*+:)?+(?P<name>product|group|category|item|bundled)(?=[\s/>])"
    rb"(?P<attributes>[^\"'<>]*+(?:(?:\"[^\"<]*+\"|'[^'<]*+')[^\"'<>]*+)*+(?=>)|[^>]*+)>)",
    re.DOTALL,
)
#: The end of one product and the beginning of the next: a section of text that holds it has lost its end before.
BOUNDARY = re.compile(rb"</(?:[\w.-]+:)?product\s*>\s*<(?:[\w.-]+:)?product(?=\s)([^>]*)>")

NO_CUT: tuple[Cut, ...] = ()
BUNDLE = "a bundle before it has no end, and may have swallowed products"


class NotWhole(Exception):
    """What lies between the products of a file is not as it must be; `at` is the byte."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(f"{why} (byte {at})")


class Cut(msgspec.Struct, frozen=True, gc=False):
    """One product of a file: where its text lies, its id, whether it is one that was removed, the id of its group
    (None: it names none), the attributes of its category and of its places in menus. `swallowed` are ids of products
    that a section of its text has swallowed, the end of which is lost: nothing of any of them can be believed."""

    offset: int
    length: int
    id: str
    removed: bool
    group: str | None
    category: bytes
    menu: tuple[bytes, ...] = ()
    swallowed: tuple[str, ...] = ()


def cuts(path: Path) -> Iterator[Cut]:
    """The products of a file, in its order. Raises `NotWhole`."""
    with path.open("rb") as file:
        yield from _Scan(file).cuts()


class _Scan:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._piece = b""
        self._base = 0  # where the piece begins in the file
        self._ended = False
        # of the product in which the scan is
        self._inside = False
        self._bundle = False
        self._parts = 0  # of a bundle, that have not ended yet
        self._begun = 0
        self._attributes = b""
        self._group: str | None = None
        self._category = b""
        self._menu: list[bytes] = []
        self._swallowed: list[str] = []

    def cuts(self) -> Iterator[Cut]:
        position = 0
        while not self._ended:
            self._more(position)
            # The last tag may be cut off: it is looked at when more has come.
            end = len(self._piece) if self._ended else self._piece.rfind(b"<")
            position = end
            for token in TOKEN.finditer(self._piece, 0, max(end, 0)):
                kind = token.lastgroup
                if kind is None:  # a section of text, whole
                    if self._inside and self._piece.find(b"product", *token.span()) >= 0:
                        self._look_into(token.group())
                elif kind == "open":
                    position = token.start()
                    if self._ended:
                        raise NotWhole(self._base + position, "a section of text has no end")
                    break
                else:
                    yield from self._tag(token)
        if self._bundle:
            raise NotWhole(self._base + len(self._piece), BUNDLE)
        if self._inside:
            yield self._cut(len(self._piece))

    def _more(self, position: int) -> None:
        """Read on, from `position` of the piece."""
        kept = self._piece[position:]
        if len(kept) > LONGEST:
            raise NotWhole(self._base + position, f"a section of text is longer than {LONGEST} bytes")
        self._base += position
        fresh = self._file.read(max(CHUNK, len(kept)))
        self._ended = not fresh
        self._piece = kept + fresh

    def _look_into(self, text: bytes) -> None:
        """Products that a section of text has swallowed, since its own end is lost."""
        self._swallowed += [identity(one) for one in BOUNDARY.findall(text)]

    def _tag(self, token: re.Match[bytes]) -> tuple[Cut, ...]:
        """A tag that is looked for; the products that end with it."""
        end, name, raw = token.group("end", "name", "attributes")
        if name != b"product":
            if self._inside and end is None and not self._bundle:
                if name == b"group":
                    self._group = identity(raw) or attributes(raw).get("first_product_id", "").strip()
                elif name == b"item":
                    self._menu.append(raw)
                elif name == b"bundled":
                    self._bundle, self._parts = not raw.endswith(b"/"), 0
                elif not self._category:
                    self._category = raw
            elif name == b"bundled":
                if self._bundle and end is None:
                    raise NotWhole(self._base + token.start(), BUNDLE)
                self._bundle = False
            return NO_CUT
        if self._bundle and (end is None or self._parts):
            if not raw.endswith(b"/"):
                self._parts += 1 if end is None else -1
            return NO_CUT
        if end is not None:
            if not self._inside:
                raise NotWhole(self._base + token.start(), "a product ends that never began")
            return (self._cut(token.end()),)
        before = (self._cut(token.start()),) if self._inside else NO_CUT  # it lacks its end
        self._inside, self._begun, self._attributes = True, self._base + token.start(), raw
        self._group, self._category, self._menu, self._swallowed = None, b"", [], []
        return (*before, self._cut(token.end())) if raw.endswith(b"/") else before

    def _cut(self, end: int) -> Cut:
        self._inside = self._bundle = False
        length = self._base + end - self._begun
        if length > LONGEST:
            raise NotWhole(self._begun, f"a product is longer than {LONGEST} bytes")
        removed = b"removed" in self._attributes and attributes(self._attributes).get("removed", "")
        return Cut(
            self._begun,
            length,
            identity(self._attributes),
            bool(removed) and str(removed).strip().lower() in {"yes", "y", "true", "1"},
            self._group,
            self._category,
            tuple(self._menu),
            tuple(self._swallowed),
        )
