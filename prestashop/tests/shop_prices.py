"""The shop's own sum of a price, in exact fractions and by the steps of PrestaShop's Product::priceCalculation."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from catalogue import Catalogue, Row
from shop_schema import numbers
from shop_settings import ShopSettings

ZERO_DATE = "0000-00-00 00:00:00"
ONE = Fraction(1)


class NotANumber(ValueError):
    """A column that should hold an amount holds something else."""


@dataclass(frozen=True)
class PriceOptions:
    """What a virtual price may be asked with."""

    use_tax: bool
    use_reduction: bool
    only_reduction: bool
    use_ecotax: bool
    decimals: int
    quantity: int
    group: int
    country: int
    currency: int
    combination: int | None


OPTION_NAMES = {
    "use_tax",
    "use_reduction",
    "only_reduction",
    "use_ecotax",
    "decimals",
    "quantity",
    "group",
    "country",
    "currency",
    "product_attribute",
    "state",
    "county",
}


def amount(value: object) -> Fraction:
    """A column as a number; what is no plain decimal is refused rather than read as PHP would."""
    text = str(value).strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise NotANumber(text) from None
    if not number.is_finite():
        raise NotANumber(text)
    return Fraction(number)


def round_half_up(value: Fraction, decimals: int) -> Fraction:
    """Rounds away from zero at the half, as ps_round does in its default mode."""
    scale = 10**decimals
    scaled = abs(value) * scale
    whole = (scaled.numerator * 2 + scaled.denominator) // (scaled.denominator * 2)
    return Fraction(whole if value >= 0 else -whole, scale)


def written(value: Fraction) -> str:
    """Six decimals, as PHP's sprintf('%f') writes them."""
    millionths = round_half_up(value, 6) * 1_000_000
    whole, rest = divmod(abs(int(millionths)), 1_000_000)
    return f"{'-' if millionths < 0 else ''}{whole}.{rest:06d}"


def moment(text: object) -> datetime | None:
    """A date-time column; None where it holds none."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None


class Prices:
    """Sums over one state of the catalogue; make a new one when the catalogue may have changed."""

    def __init__(self, catalogue: Catalogue, settings: ShopSettings, id_shop: int = 1) -> None:
        self.catalogue = catalogue
        self.settings = settings
        self.id_shop = id_shop
        self.values = catalogue.shop_values.get(id_shop, {})
        self.now = (settings.now or datetime.now()).replace(tzinfo=None)
        self.stored = catalogue.configuration()
        self._special: dict[str, list[Row]] = defaultdict(list)
        for row in catalogue.specific_prices.values():
            self._special[str(row["id_product"])].append(row)
        self._rates: dict[tuple[str, int], Fraction] = {}
        self._defaults: dict[str, Row] = {}
        for row in catalogue.combinations.values():
            if str(row["default_on"] or "") == "1":
                self._defaults[str(row["id_product"])] = row
        self._untouched: bool | None = None
        self.overrides = {**catalogue.price_overrides, **settings.price_overrides}

    def config(self, name: str, default: str) -> str:
        """A value of the shop's configuration."""
        return self.settings.configured(self.stored, name, default)

    def options(self, asked: Mapping[str, str]) -> PriceOptions:
        """What a request means, with the defaults of specificPriceCalculation."""

        def flag(name: str, default: str) -> bool:
            return asked.get(name, default) not in ("", "0")

        def whole(name: str, default: str) -> int:
            text = asked.get(name, default)
            return int(text) if text.lstrip("-").isdigit() else 0

        attribute = whole("product_attribute", "0")
        return PriceOptions(
            use_tax=flag("use_tax", self.config("PS_TAX", "1")),
            use_reduction=flag("use_reduction", "1"),
            only_reduction=flag("only_reduction", "0"),
            use_ecotax=flag("use_ecotax", self.config("PS_USE_ECOTAX", "0")),
            decimals=whole("decimals", self.config("PS_PRICE_ROUND_MODE", "2")),
            quantity=whole("quantity", "1"),
            group=whole("group", self.config("PS_CUSTOMER_GROUP", "3")),
            country=whole("country", self.config("PS_COUNTRY_DEFAULT", "14")),
            currency=whole("currency", self.config("PS_CURRENCY_DEFAULT", "1")),
            combination=attribute or None,
        )

    def guest(self, *, reduced: bool, combination: int = 0) -> PriceOptions:
        """What a product page asks for a visitor who is not logged in."""
        asked = {"use_tax": "1", "use_ecotax": "1", "decimals": "2", "use_reduction": "1" if reduced else "0"}
        asked |= {"group": self.config("PS_UNIDENTIFIED_GROUP", "1"), "product_attribute": str(combination)}
        return self.options(asked)

    def rate(self, group: object, country: int) -> Fraction:
        """The VAT of a tax group in a country, as a fraction of the net."""
        key = (str(group), country)
        if key not in self._rates:
            self._rates[key] = self._rate(*key)
        return self._rates[key]

    def _rate(self, group: str, country: int) -> Fraction:
        if self.config("PS_TAX", "1") == "0" or group == "0":
            return Fraction(0)
        known = self.catalogue.table("tax_rule_groups").get(int(group)) if group.isdigit() else None
        if known is None or str(known["active"]) == "0":
            return Fraction(0)
        rules = [
            row
            for _, row in sorted(self.catalogue.table("tax_rules").items())
            if str(row["id_tax_rules_group"]) == group
            and str(row["id_country"]) == str(country)
            and str(row["id_state"]) == "0"
        ]
        if not rules:
            return Fraction(0)
        behavior = str(rules[0]["behavior"])
        if behavior == "0":
            rules = rules[:1]
        taxes = [self.catalogue.table("taxes").get(int(rule["id_tax"])) for rule in rules]
        rates = [amount(tax["rate"]) / 100 for tax in taxes if tax]
        if behavior != "2":
            return sum(rates, Fraction(0))
        factor = ONE
        for one in rates:
            factor *= 1 + one
        return factor - 1

    def special(self, id_product: int, options: PriceOptions) -> Row | None:
        """The one row of `specific_prices` that counts."""
        fields = {
            "id_group": options.group,
            "id_currency": options.currency,
            "id_country": options.country,
            "id_shop": self.id_shop,
        }
        combination = options.combination or 0
        rows: list[Row] = []
        for row in [*self._special.get(str(id_product), ()), *self._special.get("0", ())]:
            if int(row["id_product_attribute"]) not in (0, combination):
                continue
            if any(int(row[name]) not in (0, wanted) for name, wanted in fields.items()):
                continue
            if int(row["id_customer"]) or int(row["id_cart"]):
                continue
            least = int(row["from_quantity"])
            if (least if least > 1 else 0) > options.quantity or not self._open(row):
                continue
            rows.append(row)
        if not rows:
            return None
        priorities = self.config("PS_SPECIFIC_PRICE_PRIORITIES", "id_group;id_currency;id_country;id_shop").split(";")
        weights = {name: 2 ** (index + 1) for index, name in enumerate(reversed(priorities))}

        def rank(row: Row) -> tuple[int, int, int, int, int, str, str]:
            score = sum(weights.get(name, 0) for name, wanted in fields.items() if wanted and int(row[name]) == wanted)
            return (
                int(row["id_product_attribute"]),
                int(row["id_cart"]),
                int(row["from_quantity"]),
                -int(row["id_specific_price_rule"]),
                score,
                str(row["to"]),
                str(row["from"]),
            )

        return max(rows, key=rank)

    def _open(self, row: Row) -> bool:
        """Whether the row's dates hold now; a date that is none closes it, as a comparison in SQL would."""
        for name, sign in (("from", 1), ("to", -1)):
            if row[name] == ZERO_DATE:
                continue
            end = moment(row[name])
            if end is None or (self.now - end).total_seconds() * sign < 0:
                return False
        return True

    def _conversion(self, currency: int) -> Fraction:
        row = self.catalogue.table("currencies").get(currency)
        if row is None or str(currency) == self.config("PS_CURRENCY_DEFAULT", "1"):
            return ONE
        return amount(row["conversion_rate"])

    def price(self, id_product: int, options: PriceOptions, *, group_reduction: bool = False) -> Fraction:
        """The price by the shop's sum, or what a module makes of it."""
        product = self._row("products", id_product)
        combination = None
        if options.combination:
            combination = self._row("combinations", options.combination)
        elif str(id_product) in self._defaults:
            # The default combination's impact counts, its own special prices do not: those are looked up by id 0.
            combination = self._row("combinations", int(self._defaults[str(id_product)]["id"]))
        override = self.overrides.get((id_product, int(combination["id"]) if combination else 0))
        rate = self.rate(product["id_tax_rules_group"], options.country)
        factor = 1 + rate if options.use_tax else ONE
        if override is not None:
            if options.only_reduction:
                return Fraction(0)
            return self._ended(Fraction(override) / (1 + rate) * factor, options, group_reduction)
        row = self.special(id_product, options)
        fixed = row is not None and amount(row["price"]) >= 0
        conversion = self._conversion(options.currency)
        price = amount(row["price"]) if row is not None and fixed else amount(product["price"])
        # 8.1 converts a fixed price that is already in the asked currency once more; 8.2 does not.
        foreign = row is not None and fixed and int(row["id_currency"]) > 0
        if not foreign or numbers(self.settings.version)[:2] == (8, 1):
            price *= conversion
        if combination and not (row is not None and fixed and int(row["id_product_attribute"])):
            price += amount(combination["price"]) * conversion
        price *= factor
        if options.use_ecotax:
            price += self._ecotax(product, combination, options) * conversion
        reduction = Fraction(0)
        if row is not None:
            reduction = amount(row["reduction"])
            if row["reduction_type"] == "percentage":
                reduction *= price
            else:
                if not int(row["id_currency"]):
                    reduction *= conversion
                if str(row["reduction_tax"]) == "1":
                    reduction = reduction / (1 + rate) * factor
                else:
                    reduction *= factor
        if options.only_reduction:
            return round_half_up(reduction, options.decimals)
        if options.use_reduction:
            price -= reduction
        return self._ended(price, options, group_reduction)

    def _ended(self, price: Fraction, options: PriceOptions, group_reduction: bool) -> Fraction:
        if group_reduction:
            row = self.catalogue.groups.get(options.group, {}) | self.settings.groups.get(options.group, {})
            price -= price * amount(row.get("reduction", "0")) / 100
        return max(round_half_up(price, options.decimals), Fraction(0))

    def _ecotax(self, product: Row, combination: Row | None, options: PriceOptions) -> Fraction:
        ecotax = amount(product["ecotax"])
        if combination and amount(combination["ecotax"]) > 0:
            ecotax = amount(combination["ecotax"])
        if options.use_tax:
            ecotax *= 1 + self.rate(self.config("PS_ECOTAX_TAX_RULES_GROUP_ID", "0"), options.country)
        return ecotax

    def _row(self, name: str, id_row: int) -> Row:
        row: Row = self.catalogue.table(name)[id_row]
        own = self.values.get((name, id_row))
        return {**row, **own} if own else row

    def virtual(self, name: str, id_row: int, asked: Mapping[str, str]) -> str:
        """A virtual price as the webservice writes it; PHP's `nan` where the shop cannot compute."""
        options = self.options(asked)
        id_product = id_row
        if name == "combinations":
            id_product = int(self.catalogue.combinations[id_row]["id_product"])
            options = replace(options, combination=id_row)
            if id_product not in self.catalogue.products:
                return written(Fraction(0))
        recorded = self._recorded(name, id_row, id_product, options)
        if recorded is not None:
            return recorded
        try:
            return written(self.price(id_product, options))
        except NotANumber:
            return "nan"

    def _recorded(self, name: str, id_row: int, id_product: int, options: PriceOptions) -> str | None:
        """The recorded price, where the options mean the recorded guest and nothing was changed since."""
        known = self.catalogue.recorded_prices.get((name, id_row, options.use_reduction))
        if known is None or options != self._recorded_guest(options):
            return None
        if self.overrides or self.id_shop != 1 or self.config("PS_TAX", "1") != "1":
            return None
        before = self.catalogue.recorded_rows
        if before.get(("products", id_product)) != self.catalogue.products[id_product] or not self._as_recorded():
            return None
        return known

    def _as_recorded(self) -> bool:
        """Whether all that prices hang on, but the products, is as it was recorded."""
        if self._untouched is None:
            before = self.catalogue.recorded_rows
            self._untouched = all(
                {i: row for (table, i), row in before.items() if table == name} == self.catalogue.table(name)
                for name in ("combinations", "specific_prices", "tax_rules", "taxes")
            )
        return self._untouched

    @staticmethod
    def _recorded_guest(options: PriceOptions) -> PriceOptions:
        """The options of the recorded set: a guest in Poland who buys one, in the default currency, to the grosz."""
        return PriceOptions(
            use_tax=True,
            use_reduction=options.use_reduction,
            only_reduction=False,
            use_ecotax=True,
            decimals=2,
            quantity=1,
            group=1,
            country=14,
            currency=1,
            combination=options.combination,
        )
