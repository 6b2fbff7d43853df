"""What a simulated IdoSell shop holds, as its panel would show it, and how the API says it, element by element."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = dict[str, Any]
Words = dict[str, str]
UNIVERSAL = "uniw"
STAMP = "%Y-%m-%d %H:%M:%S"


@dataclass
class Sale:
    """A reduction, by the shop's own clock. `sizes` are those that it is for; none: all."""

    percent: Decimal | None = None
    amount: Decimal | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    sizes: tuple[str, ...] = ()

    def of(self, price: Decimal, now: datetime) -> Decimal | None:
        if (self.begins is not None and now < self.begins) or (self.ends is not None and now >= self.ends):
            return None
        off = price * self.percent / 100 if self.percent is not None else self.amount or Decimal(0)
        return (price - off).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass
class Size:
    """`price` None: the product's. `stocks` are warehouse to quantity and reserved; -1 is "not counted"."""

    id: str = UNIVERSAL
    name: str = UNIVERSAL
    price: Decimal | None = None
    external: str = ""
    producer_code: str = ""
    weight: int = 0
    stocks: dict[int, tuple[Any, Any]] = field(default_factory=lambda: {1: (7, 0)})


@dataclass
class Picture:
    """`lost`: ``missing`` is answered with 404, ``page`` with a page of HTML."""

    id: str
    body: bytes
    hash: str
    lost: str = ""


@dataclass
class Item:
    """A product in the panel. `shop_prices` are by shop, with those of single sizes beside; `said` replaces fields of
    the answer by values that no panel would let in."""

    id: int
    names: Words
    price: Decimal
    sizes: list[Size] = field(default_factory=lambda: [Size()])
    code: str = ""
    briefs: Words = field(default_factory=dict)
    descriptions: Words = field(default_factory=dict)
    own_texts: list[Row] = field(default_factory=list)  # of single shops
    vat: Any = 23
    exempt: bool = False
    currency: str = "PLN"
    shop_prices: dict[int, tuple[Decimal, dict[str, Decimal]]] = field(default_factory=dict)
    shop_currency: dict[int, str] = field(default_factory=dict)
    sale: Sale | None = None
    brand: int = 0
    category: int = 0
    menu: list[tuple[int, int, int]] = field(default_factory=list)  # shop, menu, item
    pictures: list[Picture] = field(default_factory=list)
    parent: int = 0
    version: Words = field(default_factory=dict)
    group_name: Words = field(default_factory=dict)
    parameters: list[tuple[Words, list[Words]]] = field(default_factory=list)
    kind: str = "product_item"
    visible: bool = True
    shops: list[int] = field(default_factory=lambda: [1])
    standard: str = "GTIN13"
    size_group: int = 1
    modified: str = "2026-11-20 14:03:22"
    said: Row = field(default_factory=dict)
    stumbles: str = ""  # ``full``: the shop fails at all but the code and the version; ``all``: at anything


@dataclass
class Category:
    id: int
    parent: int
    names: Words
    priority: int = 1


@dataclass
class Tables:
    """All of a panel."""

    items: dict[int, Item] = field(default_factory=dict)
    categories: dict[int, Category] = field(default_factory=dict)
    menu: dict[int, Category] = field(default_factory=dict)  # of shop 1, menu 1
    brands: dict[int, str] = field(default_factory=lambda: {0: "producent niezdefiniowany"})
    sizes: dict[str, Words] = field(default_factory=lambda: {UNIVERSAL: {"pol": "uniwersalny", "eng": "universal"}})
    shops: dict[int, str] = field(default_factory=lambda: {1: "Lniany"})
    languages: list[tuple[str, str]] = field(default_factory=lambda: [("pol", "pl"), ("eng", "en")])
    currencies: dict[int, str] = field(default_factory=dict)
    warehouses: dict[int, str] = field(default_factory=lambda: {0: "Magazyn obcy", 1: "Magazyn główny"})
    stock_state: str = "bridge"

    def active(self) -> list[Item]:
        return [item for _, item in sorted(self.items.items())]

    def members(self, item: Item) -> list[int]:
        """All of its group, by rising ids; none where it has no group."""
        return [one.id for one in self.active() if item.parent and one.parent == item.parent]

    def picture(self, path: str) -> Picture | None:
        number, _, name = path.partition("_")
        item = self.items.get(int(number)) if number.isdecimal() else None
        found = item.pictures if item is not None else []
        return next((one for one in found if f"{one.id}.png" == name), None)


def total(pairs: Iterable[tuple[Any, Any]]) -> Any:
    """What can be sold of a size: -1 only where nothing is counted."""
    given = list(pairs)
    counted = [Decimal(str(there)) - Decimal(str(reserved)) for there, reserved in given if there != -1]
    return -1 if given and not counted else sum(counted, Decimal(0))


class Output:
    """The API's answer about an item. `php` says empty objects as ``[]`` and pictures' lack as false."""

    def __init__(self, tables: Tables, url: Callable[[], str], now: Callable[[], datetime]) -> None:
        self.tables = tables
        self.url = url
        self.now = now
        self.php = True
        self.texts_for_numbers = False

    def item(self, item: Item, elements: Sequence[str] | None, *, promotions: bool, every_size: bool) -> Row:
        """`elements` None: all of them."""
        row: Row = {"productId": item.id}
        for name, makes in ELEMENTS.items():
            if elements is None or name in elements:
                row |= makes(self, item, promotions, every_size)
        return {**row, **{name: value for name, value in item.said.items() if name in row}}

    def nothing(self) -> Any:
        return [] if self.php else {}

    def number(self, value: Any) -> Any:
        return str(value) if self.texts_for_numbers else value

    # --- prices

    def prices(self, item: Item, price: Decimal, promotions: bool, size: str = "") -> Row:
        found: Row = {"productRetailPrice": self.number(price), "productWholesalePrice": self.number(price)}
        sale = item.sale
        promo = sale.of(price, self.now()) if sale is not None and (not sale.sizes or size in sale.sizes) else None
        if promotions and promo is not None:
            found["productPromoRetailPrice"] = self.number(promo)
        return found

    def of_shops(self, item: Item, promotions: bool, every_size: bool) -> Row:
        rows: list[Row] = []
        for shop in item.shops:
            whole, own = item.shop_prices.get(shop, (item.price, {}))
            sizes = [
                {
                    "sizeId": size.id, "sizePanelName": size.name, "productSizeCodeExternal": size.external,
                    **self.prices(item, own.get(size.id, size.price or whole), promotions, size.id),
                }
                for size in item.sizes
                if every_size or own.get(size.id, size.price or whole) != whole
            ]  # fmt: skip
            currency = item.shop_currency.get(shop, item.currency)
            rows.append(
                {
                    "shopId": shop, "currencyId": currency, **self.prices(item, whole, promotions),
                    "productStrikethroughRetailPrice": 0, "productShopSizesAttributes": sizes,
                }
            )  # fmt: skip
        return {"productShopsAttributes": rows}

    # --- the rest

    def texts(self, item: Item) -> Row:
        rows = [
            {
                "langId": language, "productName": item.names.get(language, ""), "productAuctionName": "",
                "productDescription": item.briefs.get(language, ""),
                "productLongDescription": item.descriptions.get(language, ""), "productMetaTitle": "",
            }
            for language, _ in self.tables.languages
        ]  # fmt: skip
        return {"productDescriptionsLangData": rows}

    def sizes(self, item: Item, promotions: bool) -> Row:
        rows: list[Row] = []
        for size in item.sizes:
            row: Row = {
                "sizeId": size.id, "sizePanelName": size.name, "productSizeCodeExternal": size.external,
                "productSizeCodeProducer": size.producer_code, "productInPersistent": "n",
                "productSizeWeight": self.number(size.weight), "productSizeWeightWithoutPackaging": 0,
            }  # fmt: skip
            if size.price is not None:
                row |= self.prices(item, size.price, promotions, size.id)
            rows.append(row)
        return {"productSizesAttributes": rows}

    def stocks(self, item: Item) -> Row:
        warehouses = sorted({number for size in item.sizes for number in size.stocks})

        def head(size: Size) -> Row:
            return {"sizeId": size.id, "sizePanelName": size.name, "productSizeCodeExternal": size.external}

        quantities = [
            {
                "stockId": number,
                "productSizesData": [
                    {
                        **head(size), "productSizeQuantity": self.number(size.stocks[number][0]),
                        "productSizeReservations": {"productSizeReservationOrder": size.stocks[number][1]},
                    }
                    for size in item.sizes
                    if number in size.stocks
                ],
            }
            for number in warehouses
        ]  # fmt: skip
        sales = [
            {
                **head(size), "productSizeQuantityOutsideStock": 0,
                "productSizeQuantityAllStocks": self.number(total(size.stocks.values())),
            }
            for size in item.sizes
            if size.stocks
        ]  # fmt: skip
        dispositions: Any = {"productSizesDispositionsInSales": sales, "productSizesDispositionsInAuctions": []}
        return {
            "productStocksData": {
                "productStocksQuantities": quantities,
                "productSizesDispositions": dispositions if sales else self.nothing(),
            }
        }

    def version(self, item: Item) -> Row:
        if not item.parent:
            return {"productVersion": self.nothing()}
        return {
            "productVersion": {
                "versionParentId": self.number(item.parent),
                "versionNames": {"versionNamesLangData": langs(item.version, "versionName")},
                "versionGroupNames": {"versionGroupNamesLangData": langs(item.group_name, "versionGroupName")},
                "versionSettings": {"versionDisplayAllInShop": "n", "versionCommonPrice": "y"},
                "versionProductsIds": [str(one) for one in self.tables.members(item)],
            }
        }

    def images(self, item: Item) -> Row:
        return {
            "productImages": [
                {
                    "productImageId": picture.id, "productImagePriority": place,
                    "productImageLargeUrl": f"{self.url()}/hpeciai/{item.id}_{picture.id}.png",
                    "productImageMediumUrl": f"{self.url()}/hpeciai/small.png", "productImageHash": picture.hash,
                    "productImageDate": "2026-03-02 10:11:12",
                }
                for place, picture in reversed(list(enumerate(item.pictures, 1)))
            ]
        }  # fmt: skip

    def categories(self, item: Item) -> Row:
        category = self.tables.categories.get(item.category)
        names: list[str] = []
        while category is not None:
            names.insert(0, category.names["pol"])
            category = self.tables.categories.get(category.parent)
        return {"categoryId": self.number(item.category), "categoryName": "/".join(names) or "*Kategoria tymczasowa"}

    def parameters(self, item: Item) -> Row:
        head = {"parameterId": 99, "parameterType": "section", "parameterValues": []}
        rows: list[Row] = [{**head, "parameterDescriptionsLangData": langs({"pol": "Dane"}, "parameterName")}]
        for number, (names, values) in enumerate(item.parameters, 100):
            rows.append(
                {
                    "parameterId": number, "parameterType": "parameter",
                    "parameterDescriptionsLangData": langs(names, "parameterName"),
                    "parameterValues": [
                        {"parameterValueId": place, "parameterValueDescriptionsLangData": langs(one, "parameterValueName")}
                        for place, one in enumerate(values, 1)
                    ],
                }
            )  # fmt: skip
        return {"productParameters": rows if item.parameters else []}

    def menu(self, item: Item) -> Row:
        return {
            "productMenu": [
                {"menuItemId": number, "shopId": shop, "menuId": menu, "menuItemDescriptionsLangData": []}
                for shop, menu, number in item.menu
            ]
        }


def langs(words: Mapping[str, str], field: str) -> list[Row]:
    return [{"langId": language, field: text} for language, text in words.items()]


Makes = Callable[[Output, Item, bool, bool], Row]
#: What each element that can be asked for adds to a row. Those that no importer reads add nothing.
ELEMENTS: dict[str, Makes] = {
    "lang_data": lambda out, item, _, __: out.texts(item),
    "productIndividualDescriptionsData": lambda _, item, __, ___: {"productIndividualDescriptionsData": item.own_texts},
    "code": lambda _, item, __, ___: {"productDisplayedCode": item.code},
    "deleted": lambda *_: {"productIsDeleted": "n"},
    "producer_id": lambda _, item, __, ___: {"producerId": item.brand},
    "producer_name": lambda out, item, _, __: {"producerName": out.tables.brands[item.brand]},
    "category_id": lambda out, item, _, __: {"categoryId": out.categories(item)["categoryId"]},
    "category_name": lambda out, item, _, __: {"categoryName": out.categories(item)["categoryName"]},
    "vat": lambda out, item, _, __: {"productVat": out.number(item.vat)},
    "vat_free": lambda _, item, __, ___: {"productVatFree": "y" if item.exempt else "n"},
    "currency": lambda _, item, __, ___: {"currencyId": item.currency},
    "currency_shop": lambda _, item, __, ___: {
        "productCurrenciesShops": [{"shopId": one, "currencyId": item.currency} for one in item.shops]
    },
    "retail_price": lambda out, item, promotions, _: out.prices(item, item.price, promotions),
    "visible": lambda _, item, __, ___: {"productIsVisible": "y" if item.visible else "n"},
    "shops": lambda _, item, __, ___: {"productShops": [{"shopId": one} for one in item.shops]},
    "shops_mask": lambda _, item, __, ___: {"shopsMask": sum(2 ** (one - 1) for one in item.shops)},
    "icon": lambda out, *_: {
        "productIcon": {"productIconExists": "n", "productIconLargeUrl": f"{out.url()}/gfx/none.jpg", "productIconHash": False}
    },
    "pictures": lambda out, item, _, __: out.images(item),
    "size_group_id": lambda _, item, __, ___: {"sizesGroupId": item.size_group},
    "sizes": lambda _, item, __, ___: {
        "productSizes": [{"sizeId": size.id, "sizePanelName": size.name} for size in item.sizes]
    },
    "sizes_attributes": lambda out, item, promotions, _: out.sizes(item, promotions),
    "shops_attributes": lambda out, item, promotions, every: out.of_shops(item, promotions, every),
    "quantities": lambda out, item, _, __: out.stocks(item),
    "parameters": lambda out, item, _, __: out.parameters(item),
    "version_data": lambda out, item, _, __: out.version(item),
    "product_type": lambda _, item, __, ___: {"productType": item.kind},
    "menu": lambda out, item, _, __: out.menu(item),
    "modification_time": lambda _, item, __, ___: {"productModificationTime": item.modified},
    "producer_codes_standard": lambda _, item, __, ___: {"producerCodesStandard": item.standard},
    **{
        name: lambda *_: {}
        for name in (
            "iaiCategoryId", "iaiCategoryName", "iaiCategoryPath", "wholesale_price", "strikethrough_retail_price",
            "persistent", "pictures_count", "size_group_name", "traits", "unit", "weight", "dimensions", "deliverer",
            "deliverer_name", "available_profile", "available_profile_name", "availability_management_type",
            "adding_time", "price_changed_time", "quantity_changed_time", "promotion", "discount", "bundle", "note",
            "taxcode", "warranty", "series", "cnTaricCode", "responsibleProducerCode", "responsiblePersonCode",
        )
    },
}  # fmt: skip
