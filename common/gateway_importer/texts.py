"""The merchant's texts, made safe for the marketplace: HTML cleaned to a safe subset or turned into plain text,
names with their entities decoded.

HTML is read by nh3 (a real HTML5 parser) and nothing here judges markup that nh3 has not written itself.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import nh3

LONGEST_HTML = 300_000  # characters, some hundred printed pages; what comes behind is cut off
DEEPEST = 256  # open elements; browsers stop at 512, and a parser's work grows with the square of the depth
DEEPEST_FORMATTING = 10  # a parser opens every unclosed <b> and <font> again in each paragraph that follows
MOST_PASSES = 4  # cleaning again changes nothing after the second pass, save for markup made to confuse parsers

BLOCKS = frozenset({
    "p", "div", "ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote",
    "pre", "center", "section", "article", "header", "footer", "main", "aside", "nav", "address",
    "figure", "figcaption", "table", "caption", "colgroup", "thead", "tbody", "tfoot", "tr", "td", "th",
    "hr", "details", "summary",
})  # fmt: skip
INLINE = frozenset({
    "strong", "em", "b", "i", "u", "s", "small", "sub", "sup", "br", "a", "img",
})  # fmt: skip
CELLS = frozenset({"td", "th", "tr", "col", "colgroup"})  # empty or not, they carry the form of a table
VOID = frozenset({"br", "hr", "img", "col"})
DROPPED_WITH_CONTENT = frozenset({
    "script", "style", "iframe", "noscript", "noembed", "noframes", "object", "applet", "embed",
    "template", "svg", "math", "title", "textarea", "select", "audio", "video", "canvas",
})  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}
LINK_SCHEMES = frozenset({"http", "https", "mailto"})
IMAGE_SCHEMES = frozenset({"http", "https"})

# Elements that close themselves when the next of their kind begins: open ones do not add up to depth.
SELF_CLOSING = frozenset({
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "br", "hr", "img",
    "input", "meta", "link", "wbr", "col",
})  # fmt: skip
FORMATTING = frozenset({
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
})  # fmt: skip

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
INLINE_DATA = re.compile(r"""=\s*(?:"\s*data:[^"]*"|'\s*data:[^']*')""", re.IGNORECASE)
TAG_START = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
TOKEN = re.compile(r'<(/?)([a-z0-9]+)((?:[^>"]|"[^"]*")*)>')  # only ever applied to what nh3 wrote
ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
BLANKS = re.compile(r"[ \t\r\n\f]+")
CUT_TAG_OR_ENTITY = re.compile(r"(?:<[^<>]*|&[#a-zA-Z0-9]{0,31})\Z")


@dataclass(slots=True)
class Tag:
    """A tag that nh3 wrote; `attributes` as written, with the space before them."""

    name: str
    closing: bool
    attributes: str


@dataclass(slots=True)
class Open:
    """An element while it is open: where it begins in what is written, and whether there is something in it."""

    name: str
    start: int
    filled: bool


def safe_html(html: str, *, base_url: str) -> str:
    """The safe subset of a merchant's HTML: paragraphs, headings, lists, tables, emphasis, links, pictures.

    Scripts, styles, frames, forms, event handlers and comments go; relative links and pictures become absolute
    on `base_url`, other schemes than http, https and (links) mailto go; entities become characters; control
    characters and empty blocks go. Cleaning the result again gives the same. Never raises; what lies beyond
    `LONGEST_HTML` characters is cut off (pictures inlined as data: do not count).
    """
    cleaned = _pass(_bounded(html), base_url)
    for _ in range(MOST_PASSES):
        again = _pass(cleaned, base_url)
        if again == cleaned:
            return cleaned
        cleaned = again
    # Markup that every parse reads differently is no description; its words are kept.
    return _pass(f"<p>{entities.escape(plain_text(cleaned), quote=False)}</p>", base_url)


def plain_text(html: str) -> str:
    """The words of a merchant's HTML, one block a line, list items with ``- ``, entities decoded. Never raises."""
    lines: list[str] = []
    line: list[str] = []
    dash = ""

    def end_line() -> None:
        nonlocal dash
        words = " ".join("".join(line).split())
        line.clear()
        if words:
            lines.append(dash + words)
            dash = ""

    for token in _tokens(_nh3_clean(_bounded(html), "")):
        if isinstance(token, str):
            line.append(CONTROL.sub("", entities.unescape(token)))
        elif token.name in {"td", "th"}:
            line.append(" ")
        elif token.name == "br" or token.name in BLOCKS:
            end_line()
            if token.name == "li":
                dash = "" if token.closing else "- "
    end_line()
    return "\n".join(lines)


def one_line(html: str, limit: int) -> str:
    """The words of a merchant's HTML on one line of at most `limit` characters, cut between words with ``…``."""
    line = " ".join(plain_text(html).split())
    if len(line) <= limit:
        return line
    room = max(limit - 1, 0)
    cut = line[:room]
    # Between words where that costs less than half; a single long word is cut where it must be.
    if line[room : room + 1] != " " and cut.rfind(" ") > room // 2:
        cut = cut[: cut.rfind(" ")]
    return (cut.rstrip(" ,.;:-–") + "…")[: max(limit, 0)]


def clean_name(text: str) -> str:
    """A name as a customer reads it: entity forms (``&quot;``, ``&#380;``) decoded once, control characters
    removed, whitespace collapsed. ``AT&T`` stays as it is."""
    decoded = ENTITY.sub(lambda found: entities.unescape(found.group()), text)
    return " ".join(CONTROL.sub("", decoded).split())


def _bounded(html: str) -> str:
    """`html` such that a parser's time and memory stay in proportion: no control characters, no inlined data,
    no more than `LONGEST_HTML` characters, no deeper than `DEEPEST`."""
    html = CONTROL.sub("", html)
    if len(html) > LONGEST_HTML:
        html = INLINE_DATA.sub('=""', html)
        # Looks back only as far as a tag may reasonably be long: the search would be quadratic otherwise.
        kept = html[:LONGEST_HTML]
        html = kept if len(html) <= LONGEST_HTML else kept[:-2000] + CUT_TAG_OR_ENTITY.sub("", kept[-2000:])
    if html.count("<") <= DEEPEST_FORMATTING:
        return html
    open_elements = {True: 0, False: 0}  # formatting or not
    surplus = {True: 0, False: 0}

    def flattened(found: re.Match[str]) -> str:
        closing, name = found.group(1), found.group(2).lower()
        if name in SELF_CLOSING:
            return found.group()
        kind = name in FORMATTING
        if not closing and open_elements[kind] < (DEEPEST_FORMATTING if kind else DEEPEST):
            open_elements[kind] += 1
            return found.group()
        if closing and not surplus[kind]:
            open_elements[kind] = max(0, open_elements[kind] - 1)
            return found.group()
        surplus[kind] += -1 if closing else 1
        # An element without content and not in the subset: the parser opens nothing, and nh3 drops it.
        return f"<{closing}wbr"

    return TAG_START.sub(flattened, html)


def _pass(html: str, base_url: str) -> str:
    return CONTROL.sub("", _tidy(_nh3_clean(html, base_url)))


def _nh3_clean(html: str, base_url: str) -> str:
    def admitted(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "href":
            return _absolute(value, base_url, LINK_SCHEMES)
        if attribute == "src":
            return _absolute(value, base_url, IMAGE_SCHEMES)
        if attribute in {"alt", "title", "rel", "scope"}:
            return CONTROL.sub("", value)
        return value if re.fullmatch(r"[0-9]{1,4}%?", value) else None

    return nh3.clean(
        html,
        tags=set(BLOCKS | INLINE | {"col"}),
        clean_content_tags=set(DROPPED_WITH_CONTENT),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=admitted,
        url_schemes=set(LINK_SCHEMES),
        strip_comments=True,
    )


def _absolute(value: str, base_url: str, schemes: frozenset[str]) -> str | None:
    """`value` as an absolute address, None where it has another scheme or leads nowhere."""
    value = "".join(CONTROL.sub("", value).split("\n")).replace("\r", "").replace("\t", "").strip()
    if not value or value.startswith("#"):
        return None
    try:
        address = urljoin(base_url, value)
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme.lower() not in schemes:
        return None
    if parts.scheme.lower() != "mailto" and not parts.netloc:
        return None
    return address


def _tokens(marked: str) -> Iterator[str | Tag]:
    """nh3's output in pieces: a text as it stands there, or a tag."""
    position = 0
    for match in TOKEN.finditer(marked):
        if match.start() > position:
            yield marked[position : match.start()]
        yield Tag(match.group(2), match.group(1) == "/", match.group(3))
        position = match.end()
    if position < len(marked):
        yield marked[position:]


def _tidy(marked: str) -> str:
    """nh3's output without empty blocks, pictures and links that lead nowhere, and runs of whitespace."""
    written: list[str] = []
    elements = [Open("", 0, filled=True)]
    in_pre = 0
    for token in _tokens(marked):
        if isinstance(token, str):
            text = token.replace("&nbsp;", "\xa0")
            if not in_pre:
                text = BLANKS.sub(" ", text)
                if not written or written[-1].endswith(" "):
                    text = text.removeprefix(" ")
            elif written[-1] == "<pre>":
                text = text.lstrip("\n")  # a parser drops the first one, each time it reads
            elements[-1].filled |= bool(text.strip())
            if text:
                written.append(text)
        elif token.name in VOID:
            if token.name != "img" or ' src="' in token.attributes:
                elements[-1].filled |= token.name != "br"
                written.append(f"<{token.name}{token.attributes}>")
        elif not token.closing:
            in_pre += token.name == "pre"
            leads_nowhere = token.name == "a" and ' href="' not in token.attributes
            elements.append(Open("" if leads_nowhere else token.name, len(written), token.name in CELLS))
            if not leads_nowhere:
                written.append(f"<{token.name}{token.attributes}>")
        elif len(elements) > 1:
            in_pre -= token.name == "pre"
            _close(written, elements)
    return "".join(written).strip()


def _close(written: list[str], elements: list[Open]) -> None:
    closed = elements.pop()
    elements[-1].filled |= closed.filled
    if not closed.name:
        return
    if closed.filled or (closed.name not in BLOCKS and len(written) > closed.start + 1):
        written.append(f"</{closed.name}>")
        return
    del written[closed.start :]
    # A block parts the words around it even when it goes.
    if closed.name in BLOCKS and written and not written[-1].endswith(" "):
        written.append(" ")
