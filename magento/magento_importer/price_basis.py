"""Whether the catalogue's prices include VAT: no part of the API says so, but what visitors are shown tells it in many
shops. In the others it is a question to a person, with one product reckoned both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway_importer.catalog import VatRate
from gateway_importer.source import OpenQuestion

from magento_importer.client import Client
from magento_importer.conditions import Conditions
from magento_importer.lists import Filter
from magento_importer.refusals import NoSuchRoute, NotAllowed, PageFault
from magento_importer.settings import MAGENTO_PRICES
from magento_importer.tables import readable
from magento_importer.vat import Sample, gross_of, includes_vat, percent_of
from magento_importer.wire import ENABLED, ON_PAGES, SHOWN_FIELDS, STOCKED, Product, Shown

SAMPLES = 50  # products that are looked at
GROSS, NET = "gross", "net"


@dataclass(frozen=True, slots=True)
class PriceBasis:
    """Some products, and what visitors are shown of them."""

    rows: Sequence[Product] = ()
    shown: Mapping[int, Shown] | None = None

    @classmethod
    async def read(cls, client: Client, conditions: Conditions) -> PriceBasis:
        sold = [
            Filter("status", "eq", str(ENABLED)),
            Filter("visibility", "in", ",".join(str(one) for one in ON_PAGES)),
            Filter("type_id", "in", ",".join(sorted(STOCKED))),
            Filter("website_id", "eq", str(conditions.website)),
        ]
        try:
            page = await client.search(conditions.products, sold, limit=SAMPLES)
            rows = readable(page.rows, Product.read)
            told = await client.of_ids(conditions.shown, [row.id for row in rows], fields=SHOWN_FIELDS)
        except (PageFault, NoSuchRoute):
            return cls()
        except NotAllowed as problem:
            raise await client.refused(problem) from problem
        shown = [one for one in readable(told, Shown.read) if one is not None]
        return cls(rows, {one.id: one for one in shown})

    def includes(self, conditions: Conditions) -> bool | None:
        """Whether prices include VAT; None where it cannot be told."""
        found: list[Sample] = []
        for row in self.rows:
            vat = conditions.taxes.vat_of(row.tax_class_id)
            one = (self.shown or {}).get(row.id)
            if one is not None and row.price and isinstance(vat, VatRate) and vat.percent > 0:
                found.append(Sample(row.price, vat.percent, one.regular, one.regular_without))
        return includes_vat(found)

    def question(self, conditions: Conditions) -> OpenQuestion:
        why = "The shop shows prices as they were entered, and no part of its API says whether VAT is in them."
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
            shown = (self.shown or {}).get(row.id)
            if shown is None or not row.price or not percent_of(vat):
                continue
            within, added = (gross_of(row.price, vat, includes=includes) for includes in (True, False))
            page = shown.url or f"{conditions.link}{row.attributes.get('url_key', '')}.html"
            return (
                f" Look at '{row.name}' ({page}) and at a basket with it: a customer pays {within} "
                f"{conditions.currency} if VAT is in the price, {added} {conditions.currency} if VAT of "
                f"{percent_of(vat)} % is added."
            )
        return ""
