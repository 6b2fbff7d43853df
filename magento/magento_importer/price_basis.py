"""Whether the catalogue's prices include VAT: no part of the API says so, but what visitors are shown tells it in many
shops. In the others it is a question to a person, with one product reckoned both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway_importer.catalog import VatRate
from gateway_importer.source import OpenQuestion

from magento_importer.client import Client
from magento_importer.conditions import Conditions
from magento_importer.lists import Filter
from magento_importer.refusals import NoSuchRoute, NotAllowed, PageFault
from magento_importer.settings import MAGENTO_PRICES
from magento_importer.tables import readable
from magento_importer.vat import Sample, gross_of, includes_vat, percent_of
from magento_importer.walk import Walk
from magento_importer.wire import CONFIGURABLE, ENABLED, ON_PAGES, SHOWN_FIELDS, STOCKED, VISIBLE, Product, Shown

SAMPLES = 50  # products that are looked at
PARENTS = 10  # configurable products, with all their children
STEPS = 5
GROSS, NET = "gross", "net"


@dataclass(frozen=True, slots=True)
class PriceBasis:
    """Some products, and what visitors are shown of them. `count` is how many have pages, None: it was not told;
    `trouble` why the shop does not say what visitors are shown, ``""`` where it does."""

    rows: Sequence[Product] = ()
    shown: Mapping[int, Shown] = field(default_factory=dict)
    count: int | None = None
    trouble: str = ""

    @classmethod
    async def read(cls, client: Client, conditions: Conditions) -> PriceBasis:
        """The newest products; where they do not tell, simple ones that are sold; in a shop that has none,
        configurable ones, whose price is that of their cheapest child."""
        sold = [
            Filter("status", "eq", str(ENABLED)),
            Filter("visibility", "in", ",".join(str(one) for one in ON_PAGES)),
            Filter("website_id", "eq", str(conditions.website)),
        ]
        simple = Filter("type_id", "in", ",".join(sorted(STOCKED)))
        try:
            newest = await cls._newest(client, conditions)
            if newest.tells(conditions) or newest.trouble:
                return newest
            found = await cls._of(client, conditions, [*sold, simple], SAMPLES)
            if not found.tells(conditions):
                parents = [*sold, Filter("type_id", "eq", CONFIGURABLE)]
                varied = await cls._of(client, conditions, parents, PARENTS)
                found = varied if varied.tells(conditions) or not found.shown else found
        except NoSuchRoute:
            return cls()
        except NotAllowed as problem:
            raise await client.refused(problem) from problem
        return replace(found, count=newest.count)

    @classmethod
    async def _newest(cls, client: Client, conditions: Conditions) -> PriceBasis:
        """By one question that says how many products there are, too."""
        with_pages = [Filter("visibility", "in", VISIBLE)]
        try:
            page = await client.search(conditions.products, with_pages, limit=SAMPLES, descending=True)
        except PageFault:
            return cls()  # one of them breaks the answer
        rows = [
            row
            for row in readable(page.rows, Product.read)
            if row.standing.status == ENABLED
            and row.standing.visibility in ON_PAGES
            and row.standing.type_id in STOCKED
            and conditions.website in row.standing.website_ids
        ]
        return await cls._with_shown(client, conditions, rows, page.total or None)

    @classmethod
    async def _with_shown(
        cls, client: Client, conditions: Conditions, rows: Sequence[Product], count: int | None = None
    ) -> PriceBasis:
        try:
            ids = [row.id for row in rows]
            told = await client.of_ids(conditions.shown, ids, fields=SHOWN_FIELDS) if ids else []
        except (PageFault, NoSuchRoute, NotAllowed) as problem:
            return cls(rows, count=count, trouble=str(problem).rstrip("."))
        return cls(rows, {one.id: one for one in readable(told, Shown.read) if one is not None}, count)

    @classmethod
    async def _of(cls, client: Client, conditions: Conditions, filters: Sequence[Filter], most: int) -> PriceBasis:
        walk = Walk(client, conditions.products, filters, limit=most)
        rows: list[Product] = []
        for _ in range(STEPS):  # a product that breaks the answer is passed over
            rows += readable((await walk.step()).rows, Product.read)
            if rows or walk.ended:
                break
        return await cls._with_shown(client, conditions, await _priced(client, conditions, rows))

    def tells(self, conditions: Conditions) -> bool:
        return self.includes(conditions) is not None

    def includes(self, conditions: Conditions) -> bool | None:
        """Whether prices include VAT; None where it cannot be told."""
        found: list[Sample] = []
        for row in self.rows:
            vat = conditions.taxes.vat_of(row.tax_class_id)
            one = self.shown.get(row.id)
            if one is not None and row.price and isinstance(vat, VatRate) and vat.percent > 0:
                found.append(Sample(row.price, vat.percent, one.regular, one.regular_without))
        return includes_vat(found)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What follows where the shop does not say what visitors are shown."""
        if not self.trouble:
            return ()
        said = (
            f"The shop fails to say what visitors are shown ({self.trouble}): catalogue price rules cannot be seen, "
            "and prices are by the products' own fields. The shop's var/log/exception.log says why."
        )
        return (said,)

    def question(self, conditions: Conditions) -> OpenQuestion:
        why = "The shop shows prices as they were entered, and no part of its API says whether VAT is in them."
        if self.trouble:
            why = "The shop fails to say what visitors are shown, and no other part of its API tells."
        return OpenQuestion(
            setting=MAGENTO_PRICES.name,
            question="Do the catalogue's prices include VAT (Stores > Configuration > Sales > Tax > Catalog Prices)?",
            choices=(
                (GROSS, "the prices are what a customer pays, VAT included"),
                (NET, "VAT is added to the prices"),
            ),
            why=why + self._example(conditions),
        )

    def _example(self, conditions: Conditions) -> str:
        """One product reckoned both ways, beside its page."""
        for row in self.rows:
            vat = conditions.taxes.vat_of(row.tax_class_id)
            shown = self.shown.get(row.id)
            if (shown is None and not self.trouble) or not row.price or not percent_of(vat):
                continue
            within, added = (gross_of(row.price, vat, includes=includes) for includes in (True, False))
            page = (shown.url if shown else "") or f"{conditions.link}{row.attributes.get('url_key', '')}.html"
            return (
                f" Look at '{row.name}' ({page}) and at a basket with it: a customer pays {within} "
                f"{conditions.currency} if VAT is in the price, {added} {conditions.currency} if VAT of "
                f"{percent_of(vat)} % is added."
            )
        return ""


async def _priced(client: Client, conditions: Conditions, rows: Sequence[Product]) -> list[Product]:
    """Configurable products with the lowest price of their children, which is the one that is shown."""
    links = [child for row in rows for child in row.standing.links]
    if not links:
        return list(rows)
    read = readable(await client.of_ids(conditions.products, links), Product.read)
    prices = {one.id: one.price for one in read if one.price is not None and one.standing.status == ENABLED}
    own = {row.id: [prices[child] for child in row.standing.links if child in prices] for row in rows}
    return [replace(row, price=min(own[row.id])) if own[row.id] else row for row in rows]
