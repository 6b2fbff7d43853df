"""The subset of Elasticsearch's query language that the document uses; everything else is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .answers import Json, Refusal, only
from .index import DATES, KEYWORDS, Index, SortKey, milliseconds, values, words

MOST = 1000
DEFAULT_SIZE = 10  # Elasticsearch's own
SORTABLE = KEYWORDS - {"tag_guids", "tags.guid"} | {"stock_level", "archived", "for_sale"}
ANALYSED = frozenset({"name", "desc", "brief", "sku", "images"})

Matcher = Callable[[Json], bool]


@dataclass(frozen=True)
class Rules:
    """Where the document leaves open what the Gateway's index does."""

    archived_false_exists: bool
    marks_known: bool

    def values(self, document: Json, field: str) -> list[Any]:
        if not self.marks_known and (field + ".").startswith("data.import."):
            return []
        return values(document, field)


def search(body: Json, index: Index, rules: Rules) -> list[Json]:
    """The documents that a `_query` body asks for."""
    only(body, frozenset({"dsl"}), "")
    dsl = _object(body.get("dsl"), "dsl")
    only(dsl, frozenset({"size", "sort", "query", "search_after"}), "dsl")
    size = dsl.get("size", DEFAULT_SIZE)
    if type(size) is not int or not 0 <= size <= MOST:
        raise Refusal(400, f"dsl.size must be a whole number from 0 to {MOST}")
    sort = _sort(dsl.get("sort", []))
    after = _after(dsl["search_after"], sort) if "search_after" in dsl else None
    index.refresh()
    if "query" not in dsl:
        return index.search(lambda document: True, None, sort, after, size)
    matcher = _clause(dsl["query"], rules, "dsl.query")
    return index.search(matcher, _candidates(dsl["query"], index), sort, after, size)


def owners(query: Any) -> set[str]:
    """The shops that a query names, anywhere in it."""
    if isinstance(query, list):
        return {shop for each in query for shop in owners(each)}
    if not isinstance(query, dict):
        return set()
    named = {shop for each in query.values() for shop in owners(each)}
    value = query.get("owner_guid")
    return named | ({value} if isinstance(value, str) else set(value) if isinstance(value, list) else set())


def _sort(wanted: Any) -> tuple[SortKey, ...]:
    keys = []
    for each in wanted if isinstance(wanted, list) else [wanted]:
        field, order = (each, "asc") if isinstance(each, str) else _pair(each, "dsl.sort")
        if isinstance(order, dict) and order.keys() == {"order"}:
            order = order["order"]
        if order not in ("asc", "desc"):
            raise Refusal(400, f"dsl.sort: the order of {field} must be asc or desc")
        if field in ANALYSED:
            raise Refusal(400, f"Text fields are not optimised for sorting: [{field}]")
        if field not in SORTABLE:
            raise Refusal(400, f"No mapping found for [{field}] in order to sort on")
        keys.append(SortKey(field, order == "desc"))
    return tuple(keys)


def _after(wanted: Any, sort: tuple[SortKey, ...]) -> list[Any]:
    if not sort:
        raise Refusal(400, "dsl.search_after needs a sort")
    if not isinstance(wanted, list) or len(wanted) != len(sort):
        raise Refusal(400, f"dsl.search_after must have {len(sort)} values, as dsl.sort has")
    limits: list[Any] = []
    for key, value in zip(sort, wanted, strict=True):
        if value is None or (type(value) is int and key.field in DATES):
            limits.append(value)
        elif key.field in DATES and isinstance(value, str):
            try:
                limits.append(milliseconds(value))
            except ValueError as error:
                raise Refusal(400, f"dsl.search_after: failed to parse date field [{value}]") from error
        elif key.field in KEYWORDS and isinstance(value, str) and key.field not in DATES:
            limits.append(value)
        elif key.field not in KEYWORDS and isinstance(value, (int, Decimal)):
            limits.append(value)
        else:
            raise Refusal(400, f"dsl.search_after: {value!r} does not fit {key.field}")
    return limits


def _clause(clause: Any, rules: Rules, where: str) -> Matcher:
    kind, inner = _pair(clause, where)
    where = f"{where}.{kind}"
    if kind == "bool":
        return _bool(_object(inner, where), rules, where)
    if kind == "exists":
        named = _object(inner, where)
        only(named, frozenset({"field"}), where)
        return _exists(_text(named.get("field"), where), rules)
    if kind not in ("match", "term", "terms"):
        raise Refusal(400, f"{where}: unknown query [{kind}]")
    field, wanted = _pair(inner, where)
    if kind == "terms":
        if not isinstance(wanted, list):
            raise Refusal(400, f"{where}.{field} must be a list")
        return _any([_term(field, _scalar(each, where), rules) for each in wanted])
    _scalar(wanted, where)
    return _match(field, wanted, rules) if kind == "match" else _term(field, wanted, rules)


def _bool(inner: Json, rules: Rules, where: str) -> Matcher:
    only(inner, frozenset({"must", "must_not", "should", "filter"}), where)
    parts: dict[str, list[Matcher]] = {}
    for name in ("must", "must_not", "should", "filter"):
        clauses = inner.get(name, [])
        clauses = clauses if isinstance(clauses, list) else [clauses]
        parts[name] = [_clause(each, rules, f"{where}.{name}") for each in clauses]
    required, refused = parts["must"] + parts["filter"], parts["must_not"]
    # Beside a must or a filter, should only raises the score.
    wished = _any(parts["should"]) if parts["should"] and not required else None

    def matches(document: Json) -> bool:
        return (
            all(each(document) for each in required)
            and not any(each(document) for each in refused)
            and (wished is None or wished(document))
        )

    return matches


def _any(matchers: list[Matcher]) -> Matcher:
    return lambda document: any(each(document) for each in matchers)


def _exists(field: str, rules: Rules) -> Matcher:
    if field == "archived" and not rules.archived_false_exists:
        return lambda document: document["archived"] is True
    return lambda document: bool(rules.values(document, field))


def _match(field: str, wanted: Any, rules: Rules) -> Matcher:
    """Full-text search: ANY word in common is a match."""
    if field in KEYWORDS or not isinstance(wanted, str):
        return _term(field, wanted, rules)
    sought = set(words(wanted))

    def matches(document: Json) -> bool:
        for value in rules.values(document, field):
            if not sought.isdisjoint(words(value)) if isinstance(value, str) else _same(value, wanted):
                return True
        return False

    return matches


def _term(field: str, wanted: Any, rules: Rules) -> Matcher:
    """One term, not analysed: of text that the index has in lower-case words, it finds a word, never the whole."""

    def matches(document: Json) -> bool:
        for value in rules.values(document, field):
            if isinstance(value, str) and field not in KEYWORDS:
                if wanted in words(value):
                    return True
            elif _same(value, wanted):
                return True
        return False

    return matches


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return str(value).lower() == str(wanted).lower()
    if isinstance(value, (int, Decimal)):
        return str(value) == wanted if isinstance(wanted, str) else bool(value == wanted)
    return bool(value == wanted)


def _candidates(query: Any, index: Index) -> set[str] | None:
    """The fewest documents that a required clause on text leaves, found without reading every document."""
    kind, inner = _pair(query, "dsl.query")
    if kind == "bool":
        fewest: set[str] | None = None
        for name in ("must", "filter"):
            clauses = inner.get(name, [])
            for each in clauses if isinstance(clauses, list) else [clauses]:
                found = _candidates(each, index)
                if found is not None and (fewest is None or len(found) < len(fewest)):
                    fewest = found
        return fewest
    if kind not in ("match", "term", "terms"):
        return None
    field, wanted = _pair(inner, "dsl.query")
    terms = wanted if isinstance(wanted, list) else [wanted]
    if not all(isinstance(each, str) for each in terms) or field in ("archived", "for_sale", "stock_level"):
        return None
    if field.startswith(("data.", "price.")):  # may hold numbers, which have no postings
        return None
    sought = words(wanted) if kind == "match" and field not in KEYWORDS else terms
    return index.having(field, sought)


def _object(value: Any, where: str) -> Json:
    if not isinstance(value, dict):
        raise Refusal(400, f"{where} must be an object")
    return value


def _pair(value: Any, where: str) -> tuple[str, Any]:
    if not isinstance(value, dict) or len(value) != 1:
        raise Refusal(400, f"{where} must be an object with exactly one name")
    return next(iter(value.items()))


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise Refusal(400, f"{where} must be text")
    return value


def _scalar(value: Any, where: str) -> Any:
    if not isinstance(value, (str, bool, int, Decimal)):
        raise Refusal(400, f"{where} must be text, a number, true or false")
    return value
