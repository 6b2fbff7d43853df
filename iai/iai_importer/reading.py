"""An offer that lies open: every product of it can be read, whichever of the files holds what of it."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from gateway_importer.catalog import Fault
from idosell_family.member import Member

from iai_importer import wire
from iai_importer.conditions import Conditions
from iai_importer.index import WHOLE, Catalogue, Places, Where
from iai_importer.inspection import HEAD
from iai_importer.mapping import member_of, unreadable
from iai_importer.parser import Malformed, Parser, merged
from iai_importer.scanner import Cut, cuts
from iai_importer.shelf import Facts, Shelf

LIGHT = 255  # the number of the light file; no offer has as many change files


class OpenOffer:
    """The files of a generation, open and held, and the places of the products in them."""

    def __init__(self, shelf: Shelf, facts: Facts) -> None:
        assert facts.full is not None
        self._files: dict[int, int] = {}  # descriptors
        self._parsers: dict[int, Parser] = {}
        self._paths: dict[int, Path] = {}
        kept = {WHOLE: facts.full, **dict(enumerate(facts.changes, 1))}
        if facts.light is not None:
            kept[LIGHT] = facts.light
        for number, one in kept.items():
            file = shelf.opened(one)
            weakref.finalize(self, os.close, file)
            self._files[number], self._paths[number] = file, shelf.path(one)
            self._parsers[number] = Parser(os.pread(file, HEAD, 0))
        self.catalogue = Catalogue(together=True)
        self._light = Places()

    def index(self, *, together: bool) -> None:
        """Find where each product lies; seconds for half a gigabyte."""
        self.catalogue = catalogue = Catalogue(together=together)
        for number in sorted(self._paths):
            if number not in (WHOLE, LIGHT):
                for cut in self._cuts(number):
                    catalogue.change(number, cut)
                    for inner in cut.swallowed:  # what changed there cannot be read
                        catalogue.change(number, replace(cut, id=inner, group=None))
        for cut in self._cuts(WHOLE):
            catalogue.add(cut)
        catalogue.close()
        self._light = Places()
        if LIGHT in self._paths:
            for cut in cuts(self._paths[LIGHT]):
                self._light.add(LIGHT, cut, cut.id)
        self._light.close()

    def _cuts(self, number: int) -> Iterator[Cut]:
        """The products of a file; what is well-formed has swallowed none, but somebody writes about XML."""
        for cut in cuts(self._paths[number]):
            if not cut.swallowed:
                yield cut
                continue
            try:
                self._parsers[number].element(self._text(Where(number, cut.offset, cut.length)))
            except Malformed:
                yield cut
            else:
                yield replace(cut, swallowed=())

    # --- products

    def members(self, places: Sequence[int], conditions: Conditions) -> list[Member]:
        return [self.member(place, conditions) for place in places]

    def member(self, place: int, conditions: Conditions) -> Member:
        """The product at a place. Never raises: one that cannot be read says why."""
        identity, group = self.catalogue.id(place), self.catalogue.product(place)
        if (outer := self.catalogue.swallowed.get(identity)) is not None:
            return unreadable(identity, group, _malformed(f"it lies within the text of product {outer}"))
        if identity.startswith("without-id-"):
            cure = (
                "Ask the merchant to let the shop make its offer anew; if it stays so, show this to IdoSell's support."
            )
            return unreadable(identity, group, Fault("id_missing", "It has no id.", cure))
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
        number = self._light.find(identity)
        return (
            None
            if number is None
            else wire.product(self._parsers[LIGHT].element(self._text(self._light.where(number))))
        )

    def _text(self, where: Where) -> bytes:
        return os.pread(self._files[where.file], where.length, where.offset)


def _malformed(why: str) -> Fault:
    return Fault(
        "xml_malformed",
        f"What the offer says of it is no XML: {why}.",
        "Look at its texts and names in the panel for characters that were pasted from elsewhere, and save it.",
    )
