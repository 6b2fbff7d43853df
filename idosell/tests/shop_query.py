"""What may be asked of a search for products, more strictly than at a real shop: there a field that nobody knows is
passed over, and a misspelt filter gives back the whole catalogue; here it is refused."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from goods import ELEMENTS, Item, Row, Tables

EMPTY, NO_PARAMETERS, BLOCKED = 2, 3, 5


class Refused(Exception):
    """A question that the shop does not answer: by a status, or by a fault inside 200 or 207."""

    def __init__(self, status: int, text: str, *, fault: int | None = None, header: bool = False) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.fault = fault
        self.header = header  # the text comes in X-Error


@dataclass(frozen=True)
class Query:
    """A search as it was understood."""

    page: int
    limit: int
    elements: tuple[str, ...] | None
    promotions: bool
    every_size: bool
    default_product: bool
    keeps: Callable[[Item], bool] = field(default=lambda _: True)

    @property
    def light(self) -> bool:
        return self.elements is not None and set(self.elements) <= {"code", "version_data"}


def yes_no(value: Any, name: str) -> bool:
    if value not in ("y", "n"):
        raise Refused(422, f"{name}: 'y' or 'n' is needed")
    return bool(value == "y")


def whole(value: Any, name: str, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise Refused(422, f"{name}: a whole number from {lowest} to {highest} is needed")
    return value


def understood(body: Any, tables: Tables) -> Query:
    """Raises `Refused` at anything that the documents do not have."""
    if not isinstance(body, dict) or set(body) != {"params"} or not isinstance(body["params"], dict):
        raise Refused(422, "a body of the form {\"params\": {…}} is needed")
    asked: Row = dict(body["params"])
    if not asked:
        raise Refused(207, "Nie podano parametrów", fault=NO_PARAMETERS)
    elements = asked.pop("returnElements", None)
    if elements is not None and (not isinstance(elements, list) or (unknown := set(elements) - set(ELEMENTS))):
        raise Refused(422, f"returnElements: {unknown if isinstance(elements, list) else elements}")
    if asked.pop("returnProducts", "active") != "active":
        raise Refused(501, "The simulated shop has no bin")
    every_size = asked.pop("alwaysReturnProductShopSizesAttributes", False)
    if not isinstance(every_size, bool):
        raise Refused(422, "alwaysReturnProductShopSizesAttributes: true or false is needed")
    order = asked.pop("ordersBy", [{"elementName": "id", "sortDirection": "ASC"}])
    if order != [{"elementName": "id", "sortDirection": "ASC"}]:
        raise Refused(422, f"ordersBy: {order}")
    query = Query(
        page=whole(asked.pop("resultsPage", 0), "resultsPage", 0, 10**6),
        limit=whole(asked.pop("resultsLimit", 100), "resultsLimit", 1, 100),
        elements=None if elements is None else tuple(elements),
        promotions=yes_no(asked.pop("showPromotionsPrices", "n"), "showPromotionsPrices"),
        every_size=every_size,
        default_product=not yes_no(asked.pop("skipDefaultProduct", "n"), "skipDefaultProduct"),
        keeps=_filter(asked, tables),
    )
    if asked:
        raise Refused(422, f"unknown parameters: {', '.join(sorted(asked))}")
    return query


def _filter(asked: Row, tables: Tables) -> Callable[[Item], bool]:
    filters: list[Callable[[Item], bool]] = []
    if "productParams" in asked:
        rows = asked.pop("productParams")
        if not isinstance(rows, list) or not 0 < len(rows) <= 100 or not all(set(row) == {"productId"} for row in rows):
            raise Refused(422, "productParams")
        ids = {whole(row["productId"], "productId", 1, 10**12) for row in rows}
        filters.append(lambda item: item.id in ids)
    if "productVersionId" in asked:
        number = whole(asked.pop("productVersionId"), "productVersionId", 1, 10**12)
        filters.append(lambda item: item.parent == number)
    if "searchByShops" in asked:
        chosen = asked.pop("searchByShops")
        if set(chosen) != {"searchModeInShops", "shopsIds"} or chosen["searchModeInShops"] != "in_one_of_selected":
            raise Refused(422, "searchByShops")
        if not set(chosen["shopsIds"]) <= set(tables.shops):
            raise Refused(422, "shopsIds")
        filters.append(lambda item: bool(set(item.shops) & set(chosen["shopsIds"])))
    return lambda item: all(one(item) for one in filters)
