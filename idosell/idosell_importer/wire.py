"""What a search for products answers, as typed structures (idosell.readme.io, ``POST products/products/search``).

A field is there only if its element was asked for (`ELEMENTS`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from idosell_importer.answers import Row
from idosell_importer.quantities import Stocks
from idosell_importer.reader import Reader, Unreadable

#: What is asked for of a product; ``menu`` is added where categories are the menu's.
ELEMENTS = (
    "lang_data", "productIndividualDescriptionsData", "code", "deleted", "producer_name", "category_id",
    "category_name", "vat", "vat_free", "currency", "retail_price", "visible", "shops", "shops_mask", "pictures",
    "size_group_id", "sizes", "sizes_attributes", "shops_attributes", "quantities", "parameters", "version_data",
    "product_type", "modification_time", "producer_codes_standard",
)  # fmt: skip
WHOSE = ("code", "version_data")  # what is asked for of a product at which the shop fails
GOODS = "product_item"

Words = Mapping[str, str]
"""A text by the shop's word for a language (``pol``)."""


@dataclass(frozen=True, slots=True)
class Texts:
    """A product's texts in one language, of one shop (0: of all that have none of their own)."""

    language: str
    shop: int
    name: str
    brief: str
    description: str

    @classmethod
    def read(cls, row: Row) -> tuple[Texts, ...]:
        """Those of single shops first."""
        reader = Reader(row, f"product {row.get('productId', '?')}")
        rows = [(entry, entry.id("shopId")) for entry in reader.rows("productIndividualDescriptionsData")]
        rows += [(entry, 0) for entry in reader.rows("productDescriptionsLangData")]
        return tuple(
            cls(
                language=entry.code("langId").lower(),
                shop=shop,
                name=entry.text("productName").strip(),
                brief=entry.text("productDescription"),
                description=entry.text("productLongDescription"),
            )
            for entry, shop in rows
        )


@dataclass(frozen=True, slots=True)
class Prices:
    """What one level says: gross, None where it says nothing. `problem`: a value that cannot be read."""

    retail: Decimal | None = None
    promo: Decimal | None = None
    currency: str = ""
    problem: str = ""

    @classmethod
    def read(cls, reader: Reader, currency: str) -> Prices:
        try:
            retail, promo = (reader.optional_amount(f"product{name}RetailPrice") for name in ("", "Promo"))
        except Unreadable as problem:
            return cls(problem=str(problem))
        return cls(retail, promo, currency)


@dataclass(frozen=True, slots=True)
class ShopPrices:
    """The prices of one shop: for all sizes, and by size."""

    shop: int
    whole: Prices
    sizes: Mapping[str, Prices]

    @classmethod
    def read(cls, reader: Reader) -> ShopPrices:
        currency = reader.code("currencyId").upper()
        own = {size.code("sizeId"): Prices.read(size, currency) for size in reader.rows("productShopSizesAttributes")}
        return cls(reader.id("shopId"), Prices.read(reader, currency), own)


@dataclass(frozen=True, slots=True)
class Size:
    """A size of a product; `weight` in grams."""

    id: str
    panel_name: str
    external: str = ""
    producer_code: str = ""
    weight: Decimal = Decimal(0)
    prices: Prices = Prices()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """`mark` changes when the picture does."""

    id: str
    mark: str
    priority: int
    url: str


@dataclass(frozen=True, slots=True)
class Version:
    """Where a product belongs: `parent` is the group's id (0: none), `members` are all in the shop's order."""

    parent: int
    members: tuple[str, ...]
    group_names: Words
    names: Words

    @classmethod
    def read(cls, row: Row) -> Version:
        version = Reader(row, f"product {row.get('productId', '?')}").object("productVersion")
        return cls(
            parent=version.id("versionParentId"),
            members=version.codes("versionProductsIds"),
            group_names=_words(
                version.object("versionGroupNames").rows("versionGroupNamesLangData"), "versionGroupName"
            ),
            names=_words(version.object("versionNames").rows("versionNamesLangData"), "versionName"),
        )


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter with its values."""

    names: Words
    values: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """A product: a version of one, where it belongs to a group. `shops` are those in which it is offered. `vat` None:
    the shop names none; `stocks` None: it says nothing of them."""

    id: int
    code: str
    texts: tuple[Texts, ...]
    brand: str
    category: int
    category_name: str
    menu: tuple[tuple[int, int, int], ...]
    vat: Decimal | None
    exempt: bool
    kind: str
    prices: Prices
    shop_prices: tuple[ShopPrices, ...]
    size_group: str
    sizes: tuple[Size, ...]
    stocks: Stocks | None
    pictures: tuple[Picture, ...]
    version: Version
    parameters: tuple[Parameter, ...]
    code_standard: str
    modified: datetime | None

    @classmethod
    def read(cls, row: Row) -> Product:
        """Raises `reader.Unreadable`; a size that cannot be read says so itself."""
        reader = Reader(row, f"product {row.get('productId', '?')}")
        exempt = reader.flag("productVatFree") or False
        menu = [(item.id("shopId"), item.id("menuId"), item.id("menuItemId")) for item in reader.rows("productMenu")]
        return cls(
            id=reader.id("productId"),
            code=reader.code("productDisplayedCode"),
            texts=Texts.read(row),
            brand=reader.text("producerName").strip(),
            category=reader.id("categoryId"),
            category_name=reader.text("categoryName").strip(),
            menu=tuple(dict.fromkeys(menu)),
            vat=None if exempt else reader.optional_amount("productVat"),  # what stands beside means nothing
            exempt=exempt,
            kind=reader.code("productType") or GOODS,
            prices=Prices.read(reader, reader.code("currencyId").upper()),
            shop_prices=tuple(ShopPrices.read(entry) for entry in reader.rows("productShopsAttributes")),
            size_group=reader.code("sizesGroupId"),
            sizes=sizes_of(row),
            stocks=Stocks.read(reader),
            pictures=tuple(_pictures(reader)),
            version=Version.read(row),
            parameters=tuple(_parameters(reader)),
            code_standard=reader.code("producerCodesStandard"),
            modified=reader.local("productModificationTime"),
        )


@dataclass(frozen=True, slots=True)
class Showing:
    """Whether and where a product is shown, which is asked before anything else of it."""

    deleted: bool
    visible: bool
    shops: frozenset[int]

    @classmethod
    def read(cls, row: Row) -> Showing:
        """Raises `reader.Unreadable` where the shop does not say whether it is visible, or where: what is not said is
        no "no", for a product would be archived for it."""
        reader = Reader(row, f"product {row.get('productId', '?')}")
        visible = reader.flag("productIsVisible")
        if visible is None:
            reader.refuse("productIsVisible")
        if not reader.has("productShops") and not reader.has("shopsMask"):
            reader.refuse("productShops")
        shops = {entry.id("shopId") for entry in reader.rows("productShops")}
        mask = reader.id("shopsMask")  # the sum of 2^(number of the shop - 1)
        shops |= {place + 1 for place in range(mask.bit_length()) if mask >> place & 1}
        return cls(reader.flag("productIsDeleted") or False, visible, frozenset(shops))


def sizes_of(row: Row) -> tuple[Size, ...]:
    """The sizes in the shop's order. What cannot be read of one is told by that one."""
    reader = Reader(row, f"product {row.get('productId', '?')}")
    currency = reader.code("currencyId").upper()
    there = {entry.code("sizeId"): entry for entry in reader.rows("productSizesAttributes")}
    names = {entry.code("sizeId"): entry.text("sizePanelName").strip() for entry in reader.rows("productSizes")}
    names |= {one: entry.text("sizePanelName").strip() for one, entry in there.items() if one not in names}
    found: list[Size] = []
    for one, name in names.items():
        entry = there.get(one, Reader({}, reader.kind))
        if not one:
            reader.refuse("productSizes")
        try:
            found.append(
                Size(
                    id=one,
                    panel_name=name,
                    external=entry.code("productSizeCodeExternal"),
                    producer_code=entry.code("productSizeCodeProducer"),
                    weight=entry.amount("productSizeWeight"),
                    prices=Prices.read(entry, currency),
                )
            )
        except Unreadable as problem:
            found.append(Size(one, name, problem=str(problem)))
    return tuple(found)


def _pictures(reader: Reader) -> list[Picture]:
    found: list[Picture] = []
    for entry in reader.rows("productImages"):
        sizes = (f"productImage{size}Url{form}" for size in ("Large", "Medium") for form in ("", "Second"))
        url = next((url for name in sizes if (url := entry.text(name).strip())), "")
        mark = entry.code("productImageHash") or entry.code("productImageDate")
        found.append(Picture(entry.code("productImageId"), mark, entry.id("productImagePriority"), url))
    return sorted(found, key=lambda picture: picture.priority)


def _parameters(reader: Reader) -> list[Parameter]:
    """Sections are headings between parameters and have no values."""
    return [
        Parameter(
            names=_words(entry.rows("parameterDescriptionsLangData"), "parameterName"),
            values=tuple(
                _words(value.rows("parameterValueDescriptionsLangData"), "parameterValueName")
                for value in entry.rows("parameterValues")
            ),
        )
        for entry in reader.rows("productParameters")
        if entry.code("parameterType") != "section"
    ]


def _words(rows: Sequence[Reader], field: str) -> Words:
    return {row.code("langId").lower(): text for row in rows if (text := row.text(field).strip())}
