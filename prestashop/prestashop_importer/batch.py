"""What one page of products refers to, read in a few calls for all of them: combinations, stock, special prices."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from gateway_importer.catalog import Fault

from prestashop_importer.answers import Row
from prestashop_importer.client import Client, Rows
from prestashop_importer.conditions import Conditions
from prestashop_importer.dictionaries import Dictionary
from prestashop_importer.mapping import Named
from prestashop_importer.stock import stock_table
from prestashop_importer.tables import (
    CustomizationField,
    FeatureRow,
    FeatureValueRow,
    OptionRow,
    OptionValueRow,
    SpecificPrice,
    StockRow,
)
from prestashop_importer.variants import SAVE_AGAIN, References
from prestashop_importer.wire import Combination, Product, Reader, Unreadable

OPTION = ("id", "is_color_group", "group_type", "position", "name", "public_name")
OPTION_VALUE = ("id", "id_attribute_group", "position", "name")
FEATURE = ("id", "position", "name")
FEATURE_VALUE = ("id", "value")


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that belong to a page's products. `faults` are by product: a row of it that cannot be read."""

    references: References
    named: Named
    faults: Mapping[int, Fault] = field(default_factory=dict)
    complaints: tuple[str, ...] = ()


class Batches:
    """Reads batches; the tables that many products share are kept between pages."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._options = Dictionary(client, "product_options", OPTION, OptionRow.read)
        self._values = Dictionary(client, "product_option_values", OPTION_VALUE, OptionValueRow.read)
        self._features = Dictionary(client, "product_features", FEATURE, FeatureRow.read)
        self._feature_values = Dictionary(client, "product_feature_values", FEATURE_VALUE, FeatureValueRow.read)

    async def of(self, products: Sequence[Product], conditions: Conditions, prices: Mapping[str, str]) -> Batch:
        """`prices` are the virtual prices to ask for. Raises `refusals.PageFault`."""
        ids = [product.id for product in products]
        if not ids:
            return Batch(References(), Named())
        stocked = {*ids, *(item.id_product for product in products for item in product.bundle)}
        customizable = [product.id for product in products if product.customizable]
        combinations, stock, specials, fields, features, feature_values = await asyncio.gather(
            self._of("combinations", ids, prices, expected=any(product.combinations for product in products)),
            self._of("stock_availables", stocked if conditions.stock_counted else (), expected=True),
            self._of("specific_prices", [0, *ids] if conditions.formula else ()),
            self._of("product_customization_fields", customizable, expected=True),
            self._features.of(feature for product in products for feature, _ in product.features),
            self._feature_values.of(value for product in products for _, value in product.features),
        )
        faults: dict[int, Fault] = {}
        built, unreadable = _combinations(combinations.rows)
        values = await self._values.of(
            value for rows in built.values() for combination in rows for value in combination.option_values
        )
        options = await self._options.of(value.id_attribute_group for value in values.values())
        references = References(
            combinations=built,
            unreadable=unreadable,
            stock=stock_table(_readable(stock.rows, StockRow.read, faults, "stock_unreadable"), conditions.shop_id),
            specials=_by_product(_readable(specials.rows, SpecificPrice.read, faults, "special_price_unreadable")),
            options=options,
            values=values,
        )
        named = Named(
            features=features,
            feature_values=feature_values,
            customizations=_by_product(_readable(fields.rows, CustomizationField.read, faults, "unreadable")),
        )
        complaints = [*combinations.complaints, *stock.complaints, *specials.complaints, *fields.complaints]
        if 0 in faults:
            complaints.append(faults.pop(0).cause)
        return Batch(references, named, faults, tuple(dict.fromkeys(complaints)))

    async def _of(
        self,
        resource: str,
        products: Iterable[int],
        prices: Mapping[str, str] | None = None,
        *,
        expected: bool = False,
    ) -> Rows:
        ids = list(products)
        if not ids or not (await self._client.access()).may_read(resource):
            return Rows()
        return await self._client.rows_of(resource, "id_product", ids, options=prices, expected=expected)


def _combinations(rows: Iterable[Row]) -> tuple[dict[int, list[Combination]], dict[int, list[tuple[int, Fault]]]]:
    """Combinations by product, and beside them those that cannot be read: one bad row costs that variant."""
    built: dict[int, list[Combination]] = defaultdict(list)
    unreadable: dict[int, list[tuple[int, Fault]]] = defaultdict(list)
    for row in rows:
        try:
            combination = Combination.read(row)
        except Unreadable as problem:
            fault = Fault(problem.code, f"{problem}.", SAVE_AGAIN)
            unreadable[_number(row, "id_product")].append((_number(row, "id"), fault))
        else:
            built[combination.id_product].append(combination)
    return dict(built), dict(unreadable)


class OfProduct(Protocol):
    @property
    def id_product(self) -> int: ...


Read = TypeVar("Read", bound=OfProduct)


def _readable(rows: Iterable[Row], read: Callable[[Row], Read], faults: dict[int, Fault], code: str) -> list[Read]:
    found: list[Read] = []
    for row in rows:
        try:
            found.append(read(row))
        except Unreadable as problem:
            number = _number(row, "id_product")
            faults.setdefault(number, Fault(code, f"{problem}.", SAVE_AGAIN))
    return found


def _number(row: Row, field: str) -> int:
    """An id of a row that is unreadable elsewhere; 0 where it cannot be told either."""
    try:
        return Reader(row, "row").whole(field)
    except Unreadable:
        return 0


def _by_product(rows: Iterable[Read]) -> dict[int, list[Read]]:
    found: dict[int, list[Read]] = defaultdict(list)
    for row in rows:
        found[row.id_product].append(row)
    return dict(found)
