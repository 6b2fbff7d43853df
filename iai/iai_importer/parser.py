"""Gives a product's own text to the parser: no DTD, no entity of anybody's own, nothing from the network."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from iai_importer.elements import LANG, local

HEAD = 256 * 1024  # bytes of a file in which its namespaces are declared, and an offer has shown its first product
NAMESPACE = re.compile(rb"""(?=\sxmlns(:[\w.-]+)?\s*=)(\sxmlns(?::[\w.-]+)?\s*=\s*(?:"[^"]*"|'[^']*'))""")
COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
FIRST = re.compile(rb"<(?:[\w.-]+:)?product[\s/>]")
#: Declared around every product: an offer that does not say what these prefixes mean, or says it otherwise, is
#: understood all the same.
PREFIXES = (
    b' xmlns:iaiext="http://www.iai-shop.com/developers/iof/extensions.phtml"'
    b' xmlns:iof="http://www.iai-shop.com/developers/iof.phtml"'
)


class Malformed(ValueError):
    """A text that is no well-formed XML."""


class Parser:
    """Parses the products of one file. `head` is the beginning of the file, in which its namespaces are declared."""

    def __init__(self, head: bytes) -> None:
        head = COMMENT.sub(b"", head)
        first = FIRST.search(head)
        head = head[: first.start()] if first is not None else head  # what texts declare is theirs
        known = {prefix for prefix, _ in NAMESPACE.findall(PREFIXES)}
        declared = {prefix: whole for prefix, whole in NAMESPACE.findall(head) if prefix not in known}
        self._before = b"<offer" + PREFIXES + b"".join(declared.values()) + b">"
        self._parser = etree.XMLParser(
            encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip

    def element(self, text: bytes) -> Any:
        """The element that a text is. Raises `Malformed`."""
        try:
            return etree.fromstring(b"%b%b</offer>" % (self._before, text), self._parser)[0]
        except etree.XMLSyntaxError as problem:
            raise Malformed(_said(problem)) from None


def _said(problem: etree.XMLSyntaxError) -> str:
    said = str(problem.msg).rpartition(", line ")[0] or str(problem.msg)
    return "an '&' in it stands for nothing" if said.startswith("xmlParseEntityRef") else said.strip()


def merged(base: Any, change: Any) -> Any:
    """`base` with what a change file says of the product: its attributes, and its elements in the place of those of the
    same name. Of its description the texts that are named change, each in its language; of sizes that are not called a
    full list those that are named."""
    known = {local(child.tag): child for child in base}
    parts: list[Any] = []
    for part in change:
        name = local(part.tag)
        if name == "sizes" and name in known and not _is_full(part):
            _merge_sizes(known[name], part)
        elif name == "description" and name in known:
            _replace(known[name], part, list(part))
        else:
            parts.append(part)
    _replace(base, change, parts)
    return base


def _replace(base: Any, change: Any, parts: list[Any]) -> None:
    """The attributes of `change` go to `base`, and its `parts` take the place of those called so, texts in the same
    language."""
    for name, value in change.attrib.items():
        base.set(name, value)
    replaced = {_called(part) for part in parts}
    for child in [child for child in base if _called(child) in replaced]:
        base.remove(child)
    base.extend(parts)


def _called(element: Any) -> tuple[str, str | None]:
    return local(element.tag), element.get(LANG)


def _is_full(sizes: Any) -> bool:
    return any(local(name) == "sizeList" and value == "full" for name, value in sizes.attrib.items())


def _merge_sizes(base: Any, change: Any) -> None:
    known = {size.get("id"): size for size in base}
    for size in list(change):
        mine = known.get(size.get("id"))
        if mine is None:
            base.append(size)
        else:
            _replace(mine, size, list(size))
