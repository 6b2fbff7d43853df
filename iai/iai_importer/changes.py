"""What an offer shows to have changed: the products' own texts, compared as they stand in the files.

No product of an offer has a date. But its text holds all that is imported of it, and to read that costs far less than
to parse it and to hold it against what was imported.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from gateway_importer.catalog import ProductId

from iai_importer.conditions import Conditions
from iai_importer.parser import Malformed
from iai_importer.prices import runs
from iai_importer.reading import OpenOffer


class OfferChanges:
    """`gateway_importer.source.Changes` of an open offer."""

    uncovered = (
        "What stands in the offer is compared as it stands there; a picture whose hash stays the same is not seen."
    )

    def __init__(self, offer: OpenOffer, conditions: Conditions) -> None:
        self._offer = offer
        self._conditions = conditions

    async def dated(self, since: datetime) -> AsyncIterator[ProductId]:
        """None: what changed is in `moving`."""
        return
        yield ProductId("")

    async def moving(self) -> AsyncIterator[tuple[ProductId, bytes]]:
        everywhere = replace(self._conditions, now=datetime.min)
        yield ProductId(""), _digest(repr(everywhere).encode())
        catalogue = self._offer.catalogue
        for head in catalogue.heads():
            product = ProductId(catalogue.product(head))
            for place in catalogue.members(head):
                yield product, self._row(place)

    def _row(self, place: int) -> bytes:
        """All that the files say of a member, and whether its promotion runs now."""
        texts = self._offer.raw(place)
        if any(b"promotion" in text for text in texts):
            texts.append(self._promotion(place))
        return _digest(b"\0".join([self._offer.catalogue.id(place).encode(), *texts]))

    def _promotion(self, place: int) -> bytes:
        try:
            promotion = self._offer.wire_product(place).promotion
            return b"runs" if promotion is not None and runs(promotion, self._conditions) else b""
        except (Malformed, ValueError):
            return b""


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).digest()
