"""One row of a feed or a table, whatever its format: texts as the file says them, numbers without what surrounds them.

Every reader (Ceneo, Google, tables) makes these; what they mean is the mapping's affair.
"""

from __future__ import annotations

import msgspec

Path = tuple[str, ...]
#: Fields whose wrong value costs the product; what is wrong with another one costs that alone.
COSTLY = frozenset({"row", "id", "name", "price", "vat", "option", "currency", "sale"})
YES, NO, ORDER = "yes", "no", "order"  # what a file says of availability; "" where it says nothing


class Wrong(msgspec.Struct, frozen=True, array_like=True):
    """A value that cannot be used: which `field` it was for, where it stands, the value, why not, and the cure."""

    field: str
    where: str
    value: str
    why: str
    cure: str

    @property
    def said(self) -> str:
        return f"{self.where}: '{self.value[:80]}' {self.why}"


class OptionCell(msgspec.Struct, frozen=True, array_like=True):
    """What may tell one member of a group from another. `role` is ``size``, ``color``, ``title`` or ``""``; `always`
    False: it is an option only where members differ in it, else an attribute."""

    name: str
    value: str
    role: str = ""
    always: bool = True


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One offer, item or table row.

    `place` says where it stands. `group` binds rows that are variants of one product. Amounts (`gross`, `net`, `sale`,
    `stock`, `weight` in kg) are decimal numbers with a point, ``""`` where the file gives none; `sale` is what is paid
    while `sale_from` <= now < `sale_to` (ISO 8601, ``""``: no such bound). `vat` is the file's word. `available` is
    ``yes``, ``no``, ``order`` (sold beyond the stock) or ``""``. `categories` are paths. `active` False: switched off.
    `gone` is the day (ISO 8601) since which the file does
    not show it any more.
    """

    place: str
    id: str = ""
    group: str = ""
    name: str = ""
    description: str = ""
    brief: str = ""
    brand: str = ""
    sku: str = ""
    gtin: str = ""
    url: str = ""
    gross: str = ""
    net: str = ""
    currency: str = ""
    sale: str = ""
    sale_from: str = ""
    sale_to: str = ""
    vat: str = ""
    stock: str = ""
    available: str = ""
    weight: str = ""
    categories: tuple[Path, ...] = ()
    images: tuple[str, ...] = ()
    options: tuple[OptionCell, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    active: bool = True
    gone: str = ""
    wrong: tuple[Wrong, ...] = ()
