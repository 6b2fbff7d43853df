"""An offer that lies open: every product of it can be read, whichever of the files holds what of it."""

from __future__ import annotations

import os
import weakref
from collections import Counter
from collections.abc import Mapping, Sequence

from gateway_importer.catalog import Fault
from idosell_family.member import Member

from iai_importer import wire
from iai_importer.conditions import Conditions
from iai_importer.index import WHOLE, WITHOUT_ID, Catalogue, FileIndex, Where
from iai_importer.mapping import member_of, unreadable
from iai_importer.parser import HEAD, Malformed, Parser, merged
from iai_importer.shelf import Facts, Shelf

LIGHT = -1  # the number of the light file


class OpenOffer:
    """The files of a generation, open and held, and, once they are `index`ed, the places of the products in them."""

    catalogue: Catalogue

    def __init__(self, shelf: Shelf, facts: Facts) -> None:
        assert facts.full is not None
        self._shelf = shelf
        self._files: dict[int, int] = {}  # descriptors
        self._parsers: dict[int, Parser] = {}
        self._kept = {WHOLE: facts.full, **dict(enumerate(facts.changes, 1))}
        if facts.light is not None:
            self._kept[LIGHT] = facts.light
        for number, one in self._kept.items():
            file = shelf.opened(one)
            weakref.finalize(self, os.close, file)
            self._files[number] = file
            self._parsers[number] = Parser(os.pread(file, HEAD, 0))
        self._light: FileIndex | None = None
        self.categories: Counter[bytes] = Counter()
        self.menu: Counter[bytes] = Counter()

    def index(self, known: Mapping[str, FileIndex], *, together: bool) -> None:
        """Find where each product lies, where that is not `known` (by the file's name): seconds for half a gigabyte."""
        indexes = {
            number: known.get(one.file) or FileIndex(self._shelf.path(one)) for number, one in self._kept.items()
        }
        self._light = indexes.pop(LIGHT, None)
        whole, *changes = (indexes[number] for number in sorted(indexes))
        self.catalogue = Catalogue(whole, changes, together=together)
        for index in (whole, *changes):
            self.categories += index.categories
            self.menu += index.menu

    # --- products

    def members(self, places: Sequence[int], conditions: Conditions) -> list[Member]:
        return [self.member(place, conditions) for place in places]

    def member(self, place: int, conditions: Conditions) -> Member:
        """The product at a place. Never raises: one that cannot be read says why."""
        identity, group = self.catalogue.id(place), self.catalogue.product(place)
        if (outer := self.catalogue.swallowed.get(identity)) is not None:
            return unreadable(
                identity, group, _malformed(f"a text of product {outer} has no end, and goes on in others")
            )
        if identity.startswith(WITHOUT_ID):
            cure = (
                "Ask the merchant to let the shop make its offer anew; if it stays so, show this to IdoSell's support."
            )
            return unreadable(
                identity,
                group,
                Fault("id_missing", "It has no id. For as long as one has none, nothing is archived.", cure),
            )
        try:
            product, light = self.wire_product(place), self.light_product(identity)
        except Malformed as problem:
            return unreadable(identity, group, _malformed(str(problem)))
        return member_of(product, light, conditions, group=group)

    def wire_product(self, place: int) -> wire.Product:
        """A product as the whole file and the change files say it. Raises `Malformed`."""
        element = None
        for where in self.catalogue.texts(place):
            part = self._parsers[where.file].element(self._text(where))
            element = part if element is None else merged(element, part)
        return wire.product(element)

    def light_product(self, identity: str) -> wire.Product | None:
        """What the light file says of it; None where it says nothing. Raises `Malformed`."""
        number = self._light.find(identity) if self._light is not None else None
        if self._light is None or number is None:
            return None
        return wire.light_product(self._parsers[LIGHT].element(self._text(self._light.where(LIGHT, number))))

    def raw(self, place: int) -> list[bytes]:
        """All that the files say of a product, as it stands there."""
        texts = [self._text(where) for where in self.catalogue.texts(place)]
        number = self._light.find(self.catalogue.id(place)) if self._light is not None else None
        if self._light is not None and number is not None:
            texts.append(self._text(self._light.where(LIGHT, number)))
        return texts

    def _text(self, where: Where) -> bytes:
        return os.pread(self._files[where.file], where.length, where.offset)


def _malformed(why: str) -> Fault:
    return Fault(
        "xml_malformed",
        f"What the offer says of it is no XML: {why}.",
        "Look at its texts and names in the panel for characters that were pasted from elsewhere, and save it.",
    )
