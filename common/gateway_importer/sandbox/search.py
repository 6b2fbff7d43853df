"""The query of products: a full-text search in Elasticsearch's manner over an index that may lag behind."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from .answers import Json, Refusal
from .catalogue import StoredProduct
from .products import as_answer
from .settings import SandboxSettings

MAX_SIZE = 1000
DEFAULT_SIZE = 10  # Elasticsearch's own

Kind = Literal["text", "keyword", "date", "number", "bool"]

KINDS: Mapping[str, Kind] = {
    "guid": "keyword", "owner_guid": "keyword", "tag_guids": "keyword", "type": "keyword", "vat": "keyword",
    "name": "text", "sku": "text", "desc": "text", "brief": "text", "images": "text",
    "stock_level": "number", "archived": "bool", "for_sale": "bool",
    "timestamps.created": "date", "timestamps.updated": "date",
}  # fmt: skip
NEWEST = [("timestamps.created", True), ("guid", False)]
SortKey = tuple[tuple[bool, Any], ...]

POSTED = ("guid", "owner_guid", "tag_guids", "name", "sku")  # the fields that have a posting list
WORD = re.compile(r"\w+")


def tokens(text: str) -> list[str]:
    """As the standard analyser cuts a text: words and numbers in lower case, every other sign a gap."""
    return WORD.findall(text.lower())


class Document:
    """One product as the index holds it."""

    def __init__(self, stored: StoredProduct) -> None:
        self.stored = stored
        self.fields = as_answer(stored, (), drop_marks=False)

    def value(self, field: str) -> Any:
        if field == "timestamps.created":
            return self.created
        found: Any = self.fields
        for name in field.removesuffix(".keyword").split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return milliseconds(found) if KINDS.get(field) == "date" else found

    @cached_property
    def created(self) -> int:
        return milliseconds(self.stored.created)

    def terms(self, field: str) -> Iterator[str]:
        """The tokens of a text field, the whole value of a keyword; each element of a list."""
        found = self.value(field)
        analysed = kind_of(field) == "text"
        for value in found if isinstance(found, list) else [found]:
            if isinstance(value, str):
                yield from tokens(value) if analysed else [value]
            elif value is not None and not isinstance(value, dict):
                yield _plain(value)


class SearchIndex:
    """Follows the catalogue at the lag that the settings say; until then a query sees the old version."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings
        self._documents: dict[str, Document] = {}
        self._postings: dict[tuple[str, str], set[str]] = {}
        self._waiting: deque[tuple[float, str, StoredProduct | None]] = deque()

    def put(self, product: StoredProduct) -> None:
        self._waiting.append((time.monotonic(), product.guid, product))

    def remove(self, guid: str) -> None:
        self._waiting.append((time.monotonic(), guid, None))

    def catch_up(self, *, wholly: bool = False) -> None:
        due = time.monotonic() - self._settings.index_lag
        while self._waiting and (wholly or self._waiting[0][0] <= due):
            _, guid, product = self._waiting.popleft()
            if old := self._documents.pop(guid, None):
                for posting in _postings(old):
                    self._postings[posting].discard(guid)
            if product is not None:
                document = self._documents[guid] = Document(product)
                for posting in _postings(document):
                    self._postings.setdefault(posting, set()).add(guid)

    def search(self, dsl: Any) -> list[StoredProduct]:
        """The products that a query finds, of all shops: ASSUMED, and why a client names its `owner_guid`."""
        if not isinstance(dsl, dict):
            raise Refusal(400, "dsl must be an object")
        _known(dsl, {"size", "sort", "search_after", "query"}, "dsl")
        size = dsl.get("size", DEFAULT_SIZE)
        if type(size) is not int or not 0 <= size <= MAX_SIZE:
            raise Refusal(400, f"dsl.size must be a whole number from 0 to {MAX_SIZE}")
        order = _order(dsl.get("sort", []))
        after = _after(dsl["search_after"], order) if "search_after" in dsl else None
        self.catch_up()
        guids = self._query(dsl["query"]) if "query" in dsl else set(self._documents)
        found = [(self._key(guid, order), self._documents[guid].stored) for guid in guids]
        if after is not None:
            found = [row for row in found if row[0] > after]
        found.sort(key=lambda row: (row[0], row[1].number))
        return [stored for _, stored in found[:size]]

    def _key(self, guid: str, order: list[tuple[str, bool]]) -> SortKey:
        document = self._documents[guid]
        if order == NEWEST:  # what every client asks, thousands of times
            return ((False, -document.created), (False, guid))
        return tuple(_placed(document.value(field), descending) for field, descending in order)

    # --- the query -------------------------------------------------------------------------------------------

    def _query(self, query: Any) -> set[str]:
        if not isinstance(query, dict) or len(query) != 1:
            raise Refusal(400, "a query must be an object with exactly one key")
        ((name, body),) = query.items()
        clauses: dict[str, Callable[[Any], set[str]]] = {
            "bool": self._bool, "match": self._match, "term": self._term, "terms": self._terms, "exists": self._exists,
        }  # fmt: skip
        if name not in clauses:
            raise Refusal(400, f"unknown query [{name}]")
        if not isinstance(body, dict):
            raise Refusal(400, f"[{name}] must be an object")
        return clauses[name](body)

    def _bool(self, body: Json) -> set[str]:
        _known(body, {"must", "must_not", "should", "filter"}, "bool")
        parts: dict[str, list[set[str]]] = {}
        for name, clauses in body.items():
            if not isinstance(clauses, list):
                raise Refusal(400, f"bool.{name} must be a list")
            parts[name] = [self._query(clause) for clause in clauses]
        needed = parts.get("must", []) + parts.get("filter", [])
        if needed:
            # With `must` or `filter` beside it, `should` only ranks, as in Elasticsearch.
            needed.sort(key=len)
            found = set.intersection(*needed)
        elif parts.get("should"):
            found = set[str]().union(*parts["should"])
        else:
            found = set(self._documents)
        return found.difference(*parts.get("must_not", []))

    def _match(self, body: Json) -> set[str]:
        """ANY token that is shared is a match, so `KOSZ-M-CZ` finds every `KOSZ`."""
        field, value = _one(body, "match")
        every = False
        if isinstance(value, dict):
            _known(value, {"query", "operator"}, "match")
            if value.get("operator", "or") not in ("or", "and"):
                raise Refusal(400, "match.operator must be or, or and")
            every = value.get("operator") == "and"
            value = value.get("query")
        text = _scalar(value, "match")
        wanted = tokens(text) if kind_of(field) == "text" else [text]
        sets = [self._posting(field, word) for word in wanted]
        if not sets:
            return set()
        return set.intersection(*sets) if every else set[str]().union(*sets)

    def _term(self, body: Json) -> set[str]:
        """The very term: a text with capitals or gaps is none, `sku.keyword` holds it whole."""
        field, value = _one(body, "term")
        if isinstance(value, dict):
            _known(value, {"value"}, "term")
            value = value.get("value")
        return self._posting(field, _scalar(value, "term"))

    def _terms(self, body: Json) -> set[str]:
        field, values = _one(body, "terms")
        if not isinstance(values, list):
            raise Refusal(400, "terms needs a list")
        return set[str]().union(*(self._posting(field, _scalar(value, "terms")) for value in values))

    def _exists(self, body: Json) -> set[str]:
        _known(body, {"field"}, "exists")
        field = body.get("field")
        if not isinstance(field, str):
            raise Refusal(400, "exists.field must be a text")
        return {guid for guid, document in self._documents.items() if self._has(document, field)}

    def _has(self, document: Document, field: str) -> bool:
        value = document.value(field)
        if field == "archived" and value is False:
            return self._settings.archived_false_exists
        return value is not None and value not in ([], {}) and not self._dropped(field)

    def _posting(self, field: str, term: str) -> set[str]:
        if field in POSTED:
            return self._postings.get((field, term), set())
        if self._dropped(field):
            return set()
        if kind_of(field) == "date":
            wanted = _date(term)
            return {guid for guid, document in self._documents.items() if document.value(field) == wanted}
        return {guid for guid, document in self._documents.items() if term in document.terms(field)}

    def _dropped(self, field: str) -> bool:
        return self._settings.drop_marks and f"{field}.".startswith("data.import.")


class _Descending(str):
    """A text that sorts the other way round."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)

    def __gt__(self, other: str) -> bool:
        return str.__lt__(self, other)


def _placed(value: Any, descending: bool) -> tuple[bool, Any]:
    """A sort value with its direction; what is missing comes last either way, as in Elasticsearch."""
    if value is None:
        return (True, 0)
    if not descending:
        return (False, value)
    return (False, _Descending(value) if isinstance(value, str) else -value)


def kind_of(field: str) -> Kind:
    if field.endswith(".keyword"):
        return "keyword"
    if field in KINDS:
        return KINDS[field]
    return "number" if field.startswith("price.") else "text"


def milliseconds(text: Any) -> int:
    """A moment as Elasticsearch keeps it: the microseconds that an answer shows are no part of the order."""
    return int(datetime.fromisoformat(str(text)).timestamp() * 1000)


def _postings(document: Document) -> set[tuple[str, str]]:
    return {(field, term) for field in POSTED for term in document.terms(field)}


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(Decimal(value).normalize(), "f") if isinstance(value, (int, Decimal)) else str(value)


def _scalar(value: Any, where: str) -> str:
    if not isinstance(value, (str, bool, int, Decimal)):
        raise Refusal(400, f"{where} needs a text, a number or a truth value")
    return _plain(value)


def _known(body: Json, known: set[str], where: str) -> None:
    if unknown := sorted(body.keys() - known):
        raise Refusal(400, f"{where}: unknown key [{', '.join(unknown)}]")


def _one(body: Json, where: str) -> tuple[str, Any]:
    if len(body) != 1:
        raise Refusal(400, f"[{where}] needs exactly one field")
    return next(iter(body.items()))


def _order(sort: Any) -> list[tuple[str, bool]]:
    """Field and whether it descends, for each element of `sort`."""
    if not isinstance(sort, list):
        raise Refusal(400, "dsl.sort must be a list")
    order = []
    for element in sort:
        if not isinstance(element, dict):
            raise Refusal(400, "an element of dsl.sort must be an object")
        field, way = _one(element, "sort")
        if isinstance(way, dict):
            _known(way, {"order"}, "sort")
            way = way.get("order")
        if way not in ("asc", "desc"):
            raise Refusal(400, f"dsl.sort: the order of {field} must be asc or desc")
        plain = field.removesuffix(".keyword")
        if plain not in KINDS:
            raise Refusal(400, f"No mapping found for [{field}] in order to sort on")
        if kind_of(field) == "text":
            raise Refusal(400, f"Fielddata is disabled on text fields: sort on [{field}.keyword]")
        order.append((field, way == "desc"))
    return order


def _after(values: Any, order: list[tuple[str, bool]]) -> SortKey:
    if not order:
        raise Refusal(400, "search_after needs a sort")
    if not isinstance(values, list) or len(values) != len(order):
        raise Refusal(400, f"search_after must have {len(order)} values, as the sort has")
    return tuple(_placed(_sort_value(value, field), down) for value, (field, down) in zip(values, order, strict=True))


def _sort_value(value: Any, field: str) -> Any:
    kind = kind_of(field)
    fits = {"date": (str, int), "number": (int, Decimal), "bool": (bool,)}.get(kind, (str,))
    if value is None:
        return None
    if not isinstance(value, fits) or (kind in ("date", "number") and isinstance(value, bool)):
        raise Refusal(400, f"search_after: [{value}] does not fit the field {field}")
    return _date(value) if kind == "date" and isinstance(value, str) else value


def _date(text: str) -> int:
    try:
        return milliseconds(text)
    except ValueError as error:
        raise Refusal(400, f"[{text}] is no date") from error
