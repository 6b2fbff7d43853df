"""Names and texts of elements, however whoever wrote the offer wrote them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from lxml import etree

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
DECLARED = re.compile(r"""\sxmlns(?::[\w.-]+)?=(?:"[^"]*"|'[^']*')""")


@lru_cache(maxsize=4096)  # of what offers say there are some hundred
def local(name: Any) -> str:
    """A name without its namespace or prefix; ``""`` for what is no element."""
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def text_of(element: Any) -> str:
    """The text of an element; HTML in it that stands there as elements, as some other software writes it, too."""
    text = element.text or ""
    if not len(element):
        return str(text)
    inner = [etree.tostring(child, encoding="unicode") for child in element]
    return DECLARED.sub("", text + "".join(inner))
