"""A merchant's texts as the shop's own pages would show them: directives in double braces followed, Page Builder's
encoded HTML decoded. What is unsafe in the result is cleaned where every platform's texts are."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin

DIRECTIVE = re.compile(r"\{\{\s*(?P<name>[a-zA-Z_]+)(?P<rest>[^{}]{0,2000})\}\}")
VALUE = re.compile(
    r"""\b(?P<name>url|direct_url)\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'{}]+))"""
)
ENCODED = re.compile(
    r"""(?P<open><div\b[^>]{0,2000}\bdata-content-type="html"[^>]{0,2000}>)(?P<text>[^<]*)(?=</div>)""", re.IGNORECASE
)
STYLE = re.compile(r"<style\b[^>]*>.*?(?:</style\s*>|\Z)", re.IGNORECASE | re.DOTALL)


def shown(text: str, *, media: str, link: str) -> str:
    """`media` and `link` are the addresses of the shop's media folder and of its pages, each with ``/`` at its end."""
    if "{{" not in text and "<" not in text:
        return text
    bare = STYLE.sub("", text)
    decoded = ENCODED.sub(lambda found: found["open"] + html.unescape(found["text"]), bare)
    return DIRECTIVE.sub(lambda found: _followed(found["name"].lower(), found["rest"], media, link), decoded)


def _followed(name: str, rest: str, media: str, link: str) -> str:
    """The address that ``{{media url=…}}`` or ``{{store url=…}}`` stands for; of every other directive (widgets,
    blocks) nothing, since it stands for parts of pages."""
    base = {"media": media, "store": link}.get(name)
    found = VALUE.search(html.unescape(rest)) if base is not None else None
    if base is None:
        return ""
    target = "" if found is None else (found["double"] or found["single"] or found["bare"] or "").lstrip("/")
    if name == "store" and target and not target.endswith("/") and "." not in target.rsplit("/", 1)[-1]:
        target += "/"
    try:
        return html.escape(urljoin(base, target), quote=True)
    except ValueError:
        return ""
