"""What the webservice says, as typed structures, and the one tolerant reader for its scalars.

The type of a value depends on the PHP version of the shop, not on the field: a column is ``"25"`` on PHP 7 and
``25`` on PHP 8, a missing text ``""``, ``null`` or ``false``. Names are PrestaShop's own
(``classes/Product.php``, ``Combination.php``, …: `$definition` and `$webserviceParameters`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from prestashop_importer.answers import Row

# Control characters from pasted texts, and halves of surrogate pairs as PrestaShop 1.6 writes emoji.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LARGEST_AMOUNT = Decimal(10) ** 12


PRICES = {"price", "gross", "full", "exactnet", "exactgross", "ecotax", "reduction"}
DATES = {"date_upd", "from", "to"}


class Unreadable(ValueError):
    """A field whose value is none of the forms that PrestaShop uses, or beyond all reason."""

    def __init__(self, field: str, value: object, kind: str, row_id: object, why: str = "which cannot be read") -> None:
        super().__init__(f"{field} of {kind} {row_id} is {value!r}, {why}")
        self.field = field

    @property
    def code(self) -> str:
        """The word by which failures are grouped."""
        if self.field in PRICES:
            return "price_unreadable"
        return "date_unreadable" if self.field in DATES else "value_unreadable"


@dataclass(frozen=True, slots=True)
class Texts:
    """A translated field: text by language id; `plain` where the shop sent one text without a language (it
    does so when it has only one)."""

    by_language: Mapping[int, str]
    plain: str = ""

    def in_order(self, languages: tuple[int, ...]) -> str:
        """The first text that is not blank: the languages in order, then any other."""
        candidates = [self.by_language.get(language, "") for language in languages]
        candidates += [self.plain, *self.by_language.values()]
        return next((text for text in candidates if text.strip()), "")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one row; every complaint names the kind of row, its id, the field and the value."""

    row: Row
    kind: str

    def whole(self, field: str, default: int = 0) -> int:
        amount = self.amount(field, Decimal(default))
        if amount != amount.to_integral_value():
            self.refuse(field)
        return int(amount)

    def flag(self, field: str, default: bool = False) -> bool:
        return self.row.get(field) is True or bool(self.whole(field, int(default)))

    def amount(self, field: str, default: Decimal = Decimal(0)) -> Decimal:
        found = self.optional_amount(field)
        return default if found is None else found

    def optional_amount(self, field: str) -> Decimal | None:
        """A number, exactly as written; None where it is missing or empty."""
        value = self.row.get(field)
        if value is None or value == "" or value is False:
            return None
        if value is True:
            self.refuse(field)  # a price of `true` is no price of 1
        try:
            number = value if isinstance(value, Decimal) else Decimal(str(value).strip())
        except InvalidOperation:
            self.refuse(field)
        if not number.is_finite():
            self.refuse(field)
        if abs(number) >= LARGEST_AMOUNT:
            raise Unreadable(field, value, self.kind, self.row.get("id", "?"), "which is too large to be true")
        return number

    def text(self, field: str) -> str:
        value = self.row.get(field)
        if value is None or isinstance(value, bool):
            return ""
        if isinstance(value, list | dict):
            self.refuse(field)
        return clean(str(value))

    def texts(self, field: str) -> Texts:
        value = self.row.get(field)
        if not isinstance(value, list):
            return Texts({}, self.text(field))
        found: dict[int, str] = {}
        for entry in value:
            if not isinstance(entry, dict):
                self.refuse(field)
            reader = Reader(entry, self.kind)
            found[reader.whole("id")] = reader.text("value")
        return Texts(found)

    def members(self, association: str) -> list[Reader]:
        """The entries of an association; none where its key, or `associations` itself, is missing."""
        associations = self.row.get("associations")
        if not isinstance(associations, dict):
            return []
        found = associations.get(association) or []
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            self.refuse(f"associations.{association}")
        return [Reader(entry, f"{association} of {self.kind} {self.row.get('id')}") for entry in found]

    def ids(self, association: str) -> tuple[int, ...]:
        # Each once: a list over all shops of a multistore repeats the pictures.
        return tuple(dict.fromkeys(member.whole("id") for member in self.members(association)))

    def refuse(self, field: str) -> NoReturn:
        raise Unreadable(field, self.row.get(field), self.kind, self.row.get("id", "?"))


def clean(text: str) -> str:
    return UNPRINTABLE.sub(" ", text)


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a product is imported at all: read before anything else of it, so that an unfinished
    draft with odd values is a draft and no failure."""

    id: int
    state: bool  # False: a draft of the "new product" page; 1.6 has no drafts
    active: bool
    visibility: str
    available_for_order: bool
    show_price: bool
    name: Texts

    @classmethod
    def read(cls, row: Row) -> Standing:
        reader = Reader(row, "product")
        return cls(
            id=reader.whole("id"),
            state=reader.flag("state", True),
            active=reader.flag("active", True),
            visibility=reader.text("visibility"),
            available_for_order=reader.flag("available_for_order", True),
            show_price=reader.flag("show_price", True),
            name=reader.texts("name"),
        )


@dataclass(frozen=True, slots=True)
class VirtualPrices:
    """Prices that the shop computed itself, under the names that we gave them; None where it did not.

    `gross` is what a guest pays, `full` the same without a reduction; `exactnet` and `exactgross` are without
    reduction and ecotax, to six decimals.
    """

    gross: Decimal | None = None
    full: Decimal | None = None
    exactnet: Decimal | None = None
    exactgross: Decimal | None = None

    @classmethod
    def read(cls, reader: Reader) -> VirtualPrices:
        return cls(*(reader.optional_amount(name) for name in ("gross", "full", "exactnet", "exactgross")))


@dataclass(frozen=True, slots=True)
class BundleItem:
    id_product: int
    id_product_attribute: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Codes:
    """The article codes of a product or a combination."""

    reference: str
    ean13: str
    isbn: str
    upc: str

    @classmethod
    def read(cls, reader: Reader) -> Codes:
        return cls(*(reader.text(name).strip() for name in ("reference", "ean13", "isbn", "upc")))


@dataclass(frozen=True, slots=True)
class Product:
    """A product; `price` and `ecotax` are net in the default currency, `weight` in the shop's unit."""

    id: int
    standing: Standing
    codes: Codes
    price: Decimal
    ecotax: Decimal
    virtual: VirtualPrices
    id_tax_rules_group: int
    id_category_default: int
    id_default_image: int
    id_shop_default: int
    manufacturer_name: str
    weight: Decimal
    minimal_quantity: int
    is_virtual: bool
    is_pack: bool
    pack_stock_type: int
    customizable: int
    date_upd: str
    description: Texts
    description_short: Texts
    categories: tuple[int, ...]
    images: tuple[int, ...]
    combinations: tuple[int, ...]
    features: tuple[tuple[int, int], ...]
    bundle: tuple[BundleItem, ...]

    @classmethod
    def read(cls, row: Row) -> Product:
        reader = Reader(row, "product")
        kind = reader.text("product_type") or reader.text("type")
        return cls(
            id=reader.whole("id"),
            standing=Standing.read(row),
            codes=Codes.read(reader),
            price=reader.amount("price"),
            ecotax=reader.amount("ecotax"),
            virtual=VirtualPrices.read(reader),
            id_tax_rules_group=reader.whole("id_tax_rules_group"),
            id_category_default=reader.whole("id_category_default"),
            id_default_image=reader.whole("id_default_image"),
            id_shop_default=reader.whole("id_shop_default"),
            manufacturer_name=reader.text("manufacturer_name").strip(),
            weight=reader.amount("weight"),
            minimal_quantity=max(1, reader.whole("minimal_quantity", 1)),
            is_virtual=reader.flag("is_virtual") or kind == "virtual",
            is_pack=reader.flag("cache_is_pack") or kind == "pack" or bool(reader.members("product_bundle")),
            pack_stock_type=reader.whole("pack_stock_type", 3),
            customizable=reader.whole("customizable"),
            date_upd=reader.text("date_upd").strip(),
            description=reader.texts("description"),
            description_short=reader.texts("description_short"),
            categories=reader.ids("categories"),
            images=reader.ids("images"),
            combinations=reader.ids("combinations"),
            features=tuple(
                (member.whole("id"), member.whole("id_feature_value")) for member in reader.members("product_features")
            ),
            bundle=tuple(
                BundleItem(member.whole("id"), member.whole("id_product_attribute"), member.whole("quantity", 1))
                for member in reader.members("product_bundle")
            ),
        )


@dataclass(frozen=True, slots=True)
class Combination:
    """A variant; `price` (net) and `weight` are impacts on the product's, `ecotax` replaces it where above 0."""

    id: int
    id_product: int
    codes: Codes
    price: Decimal
    ecotax: Decimal
    virtual: VirtualPrices
    weight: Decimal
    minimal_quantity: int
    option_values: tuple[int, ...]
    images: tuple[int, ...]

    @classmethod
    def read(cls, row: Row) -> Combination:
        reader = Reader(row, "combination")
        return cls(
            id=reader.whole("id"),
            id_product=reader.whole("id_product"),
            codes=Codes.read(reader),
            price=reader.amount("price"),
            ecotax=reader.amount("ecotax"),
            virtual=VirtualPrices.read(reader),
            weight=reader.amount("weight"),
            minimal_quantity=max(1, reader.whole("minimal_quantity", 1)),
            option_values=reader.ids("product_option_values"),
            images=reader.ids("images"),
        )
