"""What a product looked like when it was brought in. One that the shop shows just so again need not be prepared, held
against the ledger, nor looked up at all: what there was to report of it is reported again."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

import msgspec

from gateway_importer.catalog import Product
from gateway_importer.pipeline.prepare import Wanted
from gateway_importer.report.model import Outcome, OutcomeRow

DIGEST_BYTES = 16
_encode = msgspec.json.Encoder().encode
_pack = msgspec.msgpack.Encoder().encode


class Echo(msgspec.Struct, frozen=True):
    """What a report says of a product that was brought in; `notices` are code and text."""

    name: str
    page_url: str
    detail: str
    variants: int
    vat: str
    has_category: bool
    has_picture: bool
    notices: list[tuple[str, str]]

    @classmethod
    def of(cls, wanted: Wanted) -> Echo:
        first = wanted.variants[0].fields
        return cls(
            name=wanted.name,
            page_url=wanted.page_url,
            detail=wanted.detail,
            variants=len(wanted.variants),
            vat=first["vat"],
            has_category=bool(first["tags"]),
            has_picture=any(variant.images for variant in wanted.variants),
            notices=[(notice.code, notice.text) for notice in wanted.notices],
        )

    def row(self, product: str, outcome: Outcome, detail: str | None = None) -> OutcomeRow:
        said = self.detail if detail is None else detail
        return OutcomeRow(product, self.name, outcome, detail=said, page_url=self.page_url, variants=self.variants)

    def packed(self) -> bytes:
        return _pack(self)


unpacked = msgspec.msgpack.Decoder(Echo).decode


def as_seen(product: Product, settings: str) -> bytes:
    """A digest of all that the shop says of a product but its change date, under these settings. Kinds of stock that
    hold no number are told apart by their names."""
    if product.updated_at is not None:
        product = replace(product, updated_at=None)
    seen = blake2b(settings.encode(), digest_size=DIGEST_BYTES)
    seen.update(",".join(type(variant.stock).__name__ for variant in product.variants).encode())
    seen.update(_encode(product))
    return seen.digest()
