"""Search criteria as the shop understands them, and the parameter `fields`: strict, and as odd as a real one."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

Row = dict[str, Any]
PRODUCT_FIELDS = {
    "entity_id", "sku", "name", "type_id", "status", "visibility", "category_id", "website_id", "store_id",
    "updated_at", "created_at", "attribute_set_id", "price", "special_price", "color",
}  # fmt: skip
CONDITIONS = {"eq", "neq", "in", "nin", "gt", "gteq", "lt", "lteq", "from", "to", "like", "notnull", "null", "finset"}
PART = re.compile(
    r"searchCriteria\[(?:filterGroups\]\[(?P<group>\d+)\]\[filters\]\[(?P<filter>\d+)\]\[(?P<part>field|conditionType|value)"
    r"|sortOrders\]\[(?P<sort>\d+)\]\[(?P<what>field|direction)|(?P<plain>pageSize|currentPage))\]"
)


#: Whether what lies above is wanted, and whether the bound itself counts as below.
BOUNDS = {"gt": (True, True), "gteq": (True, False), "lt": (False, False), "lteq": (False, True)}


class Refused(Exception):
    """An answer in the API's own form of an error."""

    def __init__(self, status: int, message: str, parameters: Any = None, errors: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: Row = {"message": message}
        if errors is not None:
            self.body["errors"] = errors
        if parameters is not None:
            self.body["parameters"] = parameters


@dataclass
class Criteria:
    groups: dict[int, dict[int, dict[str, str]]] = field(default_factory=dict)
    sorts: dict[int, dict[str, str]] = field(default_factory=dict)
    size: int | None = None
    page: int = 1
    given: bool = False


def criteria(params: Sequence[tuple[str, str]], most: int | None) -> Criteria:
    """`most`: the shop's own limit to a page, where it has one."""
    found = Criteria()
    for name, value in params:
        if not name.startswith("searchCriteria"):
            continue
        found.given = True
        match = PART.fullmatch(name)
        if match is None:
            continue
        if match["group"] is not None:
            filters = found.groups.setdefault(int(match["group"]), {})
            filters.setdefault(int(match["filter"]), {})[match["part"]] = value
        elif match["sort"] is not None:
            found.sorts.setdefault(int(match["sort"]), {})[match["what"]] = value
        elif match["plain"] == "pageSize":
            if not re.fullmatch(r"-?\d+", value):
                said = f'The "{value}" value\'s type is invalid. The "int" type was expected. Verify and try again.'
                raise Refused(400, f'Error occurred during "pageSize" processing. {said}')
            found.size = int(value)
        else:
            found.page = max(1, int(value))
    if most is not None:
        if found.size is None:
            found.size = min(20, most)
        if found.size > most:
            raise Refused(400, "Maximum SearchCriteria pageSize is %max", {"max": most})
    return found


def matching(
    rows: Sequence[Row], wanted: Criteria, value_of: Callable[[Row, str], Any], known: set[str] | None
) -> list[Row]:
    """The rows that all groups let through; a field that is not known is refused, a condition that is not lets none."""
    found = list(rows)
    for filters in wanted.groups.values():
        for one in filters.values():
            if known is not None and one.get("field") not in known:
                said = 'The "%1" attribute name is invalid. Reset the name and try again.'
                raise Refused(400, said, [one.get("field", "")])
        found = [row for row in found if any(_holds(row, one, value_of) for one in filters.values())]
    for _, sort in sorted(wanted.sorts.items(), reverse=True):
        name, direction = sort.get("field", ""), sort.get("direction", "ASC")
        if direction not in ("ASC", "DESC"):
            said = "The sort order has to be specified as %1 for ascending order or %2 for descending order."
            raise Refused(400, said, ["ASC", "DESC"])
        if known is None or name in known:
            found.sort(key=lambda row, name=name: _sortable(value_of(row, name)), reverse=direction == "DESC")  # type: ignore[misc]
    return found


def narrowed(ids: Sequence[int], wanted: Criteria) -> list[int]:
    """Those of the rising `ids` that conditions on the id alone let through: looked up, as a database does."""
    found = list(ids)
    for filters in wanted.groups.values():
        (one, *others) = filters.values()
        if others or one.get("field") != "entity_id":
            continue
        condition, value = one.get("conditionType", "eq"), one.get("value", "")
        if condition in ("in", "eq"):
            mine = {int(part) for part in value.split(",") if part.strip().isdecimal()}
            found = [number for number in found if number in mine]
        elif condition in BOUNDS and value.isdecimal():
            where = bisect_right if BOUNDS[condition][1] else bisect_left
            place = where(found, int(value))
            found = found[place:] if BOUNDS[condition][0] else found[:place]
    return found


def page_of(rows: Sequence[Row], wanted: Criteria, *, repeats: bool = False) -> list[Row]:
    """The page; without a size all. `repeats`: behind the end older versions say their last page again."""
    if not wanted.size or wanted.size < 1:
        return list(rows)
    page = wanted.page
    if repeats and rows:
        page = min(page, -(-len(rows) // wanted.size))
    return list(rows[(page - 1) * wanted.size : page * wanted.size])


def _holds(row: Row, one: Mapping[str, str], value_of: Callable[[Row, str], Any]) -> bool:
    condition, wanted = one.get("conditionType", "eq"), one.get("value", "")
    if condition not in CONDITIONS:
        return False
    here = value_of(row, one["field"])
    several = here if isinstance(here, list) else [here]
    if condition == "neq":
        return all(not _same(value, wanted) for value in several)
    if condition == "nin":
        return all(not _same(value, part) for value in several for part in wanted.split(","))
    return any(_one(value, condition, wanted) for value in several)


def _one(value: Any, condition: str, wanted: str) -> bool:
    if condition == "notnull":
        return value is not None
    if condition == "null":
        return value is None
    if value is None:
        return False
    if condition == "eq":
        return _same(value, wanted)
    if condition == "in":
        return str(value).strip().lower() in {part.strip().lower() for part in wanted.split(",")}
    if condition == "finset":
        return wanted in str(value).split(",")
    if condition == "like":
        pattern = "".join(".*" if part == "%" else re.escape(part) for part in re.split("(%)", wanted))
        return re.fullmatch(pattern, str(value), re.IGNORECASE | re.DOTALL) is not None
    mine, other = _sortable(value), _sortable(wanted)
    return {
        "gt": mine > other, "gteq": mine >= other, "lt": mine < other, "lteq": mine <= other, "from": mine >= other,
        "to": mine <= other,
    }[condition]  # fmt: skip


def _same(value: Any, wanted: str) -> bool:
    return str(value).strip().lower() == wanted.strip().lower()


def _sortable(value: Any) -> tuple[int, Decimal, str]:
    try:
        return 0, Decimal(str(value)), ""
    except InvalidOperation:
        return 1, Decimal(0), str(value)


def fielded(document: Any, wanted: str) -> Any:
    """`fields=items[id,extension_attributes[website_ids]],total_count`: names that are not there vanish."""
    if not wanted:
        return document
    tree, rest = _tree(wanted)
    assert not rest, wanted
    return _cut(document, tree)


def _tree(text: str) -> tuple[Row, str]:
    found: Row = {}
    while text:
        name, rest = re.match(r"([A-Za-z_0-9]*)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
        if rest.startswith("["):
            found[name], rest = _tree(rest[1:])
        elif name:
            found[name] = None
        if rest.startswith("]"):
            return found, rest[1:]
        if not rest:
            return found, ""
        assert rest[0] == ",", text
        text = rest[1:]
    return found, ""


def _cut(document: Any, tree: Row | None) -> Any:
    if tree is None or not isinstance(document, dict | list):
        return document
    if isinstance(document, list):
        return [_cut(one, tree) for one in document]
    return {name: _cut(value, tree[name]) for name, value in document.items() if name in tree}
