"""The attributes of a tag that was found without a parser."""

from __future__ import annotations

import re
from html import unescape

ATTRIBUTE = re.compile(rb"""(?:^|\s)([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


#: Attribute after attribute, for the value of another one may hold what looks like an id.
ID = re.compile(rb"""\s*(?:[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*')\s*)*?id\s*=\s*(?:"([^"]*)"|'([^']*)')""")
BROKEN_ID = re.compile(rb"""\sid\s*=\s*(?:"([^"]*)"|'([^']*)')""")  # behind what is no attribute


def identity(raw: bytes) -> str:
    """The attribute ``id`` of a tag, without blanks around it; ``""`` where there is none."""
    found = ID.match(raw) or BROKEN_ID.search(raw)
    value = (found[1] or found[2] or b"").decode("utf-8", "replace").strip() if found else ""
    return unescape(value) if "&" in value else value


def attributes(raw: bytes) -> dict[str, str]:
    """The attributes of a tag, by their local names; entities are resolved."""
    found: dict[str, str] = {}
    for name, double, single in ATTRIBUTE.findall(raw):
        value = (double or single).decode("utf-8", "replace")
        found[name.decode().rpartition(":")[2]] = unescape(value) if "&" in value else value
    return found
