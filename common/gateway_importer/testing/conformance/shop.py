"""What a platform hands to the kit: its program, and its simulated shop filled with the neutral catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Literal, Protocol

from gateway_importer.testing.conformance.neutral import Catalogue, Product


class Trouble(Enum):
    """What a shop can be told to do wrong. Each hits the next requests for lists of products (or of their parts)."""

    OVERLOADED = "overloaded"  # 429 with Retry-After: 1, in the vendor's own form
    UNAVAILABLE = "unavailable"  # 503 as a hoster or the vendor sends it
    PAGE = "page"  # an HTML page with status 200
    EMPTY = "empty"  # status 200 and not a byte
    CUT = "cut"  # half of the announced body, then the connection is closed
    RESET = "reset"  # the connection is closed without a word
    NOTHING = "nothing"  # a well-formed list that holds none, of what is not empty
    REVOKED = "revoked"  # from now on the credentials are refused
    EXPIRED = "expired"  # the session is over once; with the same credentials another can be had


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the shop saw it. `kind`: ``products`` for lists of products and of what belongs to them (variants,
    stock, prices), ``picture`` for a picture's body, ``other`` for the rest. `at` is time.monotonic()."""

    kind: Literal["products", "picture", "other"]
    method: str
    target: str
    status: int
    at: float


@dataclass(frozen=True, slots=True)
class Access:
    """A set of credentials. `answers` are the values of all the platform's questions, by the settings' names.

    `told` are words that must all stand in what ``check`` says of it, such as the right that is missing as the vendor's
    administration calls it. `imports`: an import goes through with it all the same (good ones, or with a warning).
    """

    answers: Mapping[str, str]
    told: tuple[str, ...] = ()
    imports: bool = False


class Shop(Protocol):
    """A simulated shop that runs, on a port of this machine, in this process or another.

    It was opened with a catalogue and holds a row for every product of it that is not in the platform's table of what
    cannot be had (the kit takes those out before it opens the shop). Ids stay for as long as the shop runs.
    """

    @property
    def accesses(self) -> Mapping[str, Access]:
        """By name: ``good``, ``wrong`` (a key or password that nobody has), and every kind of half-permitted or
        switched-off credentials that the vendor has, under names of the platform's own (``half: no variants``)."""
        ...

    @property
    def secrets(self) -> Sequence[str]:
        """All that must be seen nowhere: keys and passwords, in every form in which they travel (Basic, in a query),
        and each session token that was handed out so far."""
        ...

    @property
    def requests(self) -> Sequence[Request]:
        """All since the shop was opened, oldest first."""
        ...

    @property
    def meanwhile(self) -> Callable[[int], None] | None:
        """Called before each list of products is answered, with its number (1, 2, …); it may `put` and `delete`."""
        ...

    @meanwhile.setter
    def meanwhile(self, hook: Callable[[int], None] | None) -> None: ...

    @property
    def scattered(self) -> Mapping[str, Sequence[int]]:
        """Products whose members are rows of their own in the vendor's list (colours that are products, rows of a
        file): key to the places of these rows in that list. A shop that has such products puts other rows between
        their members, more than a page of them, on purpose. Empty where every product is one row."""
        ...

    def put(self, product: Product) -> None:
        """Adds the product, or makes the one of the same key what this one says. Ids of what stays do not change;
        a picture under a new key is a new picture. The vendor's date of the change is `product.changed`, else the real
        moment by the shop's zone (the program asks for what changed since its last run by the real clock)."""
        ...

    def delete(self, key: str) -> None:
        """Takes the product out with all that belongs to it."""
        ...

    def trouble(self, kind: Trouble, *, times: int = 1, after: int = 0) -> None:
        """The next `times` requests for lists of products go wrong so (-1: every one), after `after` good ones."""
        ...

    @property
    def met(self) -> Sequence[Trouble]:
        """The troubles that have hit a request so far, one entry a hit."""
        ...

    def calm(self) -> None:
        """All troubles end; revoked credentials are good again."""
        ...

    def product_id(self, key: str) -> str:
        """The id by which the importer names it: `catalog.ProductId`."""
        ...

    def variant_id(self, key: str, variant: str) -> str:
        """`catalog.VariantId`; of a simple product what the platform's importer gives its only variant."""
        ...

    def category_id(self, key: str) -> str:
        """`catalog.CategoryId`."""
        ...


OpenShop = Callable[[Catalogue], AbstractAsyncContextManager[Shop]]


@dataclass(frozen=True)
class Candidate:
    """A platform that is to pass. `name` is its folder's, `module` its program's; `folders` are where its packages and
    those that it needs lie. `settings` go into the program's environment with every run (a small page size, where the
    platform has such a setting: pages are where products get lost). `languages` are the values of the setting LANGUAGE
    for the catalogue's own where the shop calls them otherwise."""

    name: str
    module: str
    folder: Path
    folders: Sequence[Path]
    open: OpenShop
    settings: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
