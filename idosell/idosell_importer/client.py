"""The API's gates: searches for products by pages, and the small tables. No answer is believed that holds something
else than what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway_importer.errors import Unreachable
from gateway_importer.http import Answer

from idosell_importer.answers import NONE, Found, Row, Unparsable, document, fault_of, old_page_of, page_of
from idosell_importer.connection import GOOD, Connection
from idosell_importer.refusals import SEARCH, Means, NotAllowed, PageFault, by_fault, meaning, no_json, refusal
from idosell_importer.wire import WHOSE

MOST = 100  # rows of a page, and products that are asked for by their ids at once
PLACES = (0, 1, 3, 10)  # at which a search is asked how long it is, until a row does not break the answer
DEFAULTS = 0  # the id of a pseudo product, which holds what new ones begin with; it is asked to be left out
OVERLOADED = "overloaded"


class Client:
    """Asks one shop. Raises `PageFault` where the shop cannot answer this question, `NotAllowed` where the key may not
    ask it, and `errors.ImporterError` where it will answer none."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._no_load = False

    # --- products ---------------------------------------------------------------------------------------------

    async def page(self, number: int, limit: int, elements: Sequence[str]) -> Found:
        """One page of all products that are not deleted, by rising ids; the first is 0."""
        return await self._search(elements, {"resultsPage": number, "resultsLimit": limit})

    async def products(self, ids: Sequence[int], elements: Sequence[str]) -> list[Row]:
        """Some products by their ids, no more than `MOST`; those that are not there are missing."""
        asked = {"productParams": [{"productId": one} for one in ids]}
        return self._only(await self._all(asked, elements), "productId", set(ids))

    async def group(self, number: int, elements: Sequence[str]) -> list[Row]:
        """All members of a group."""
        rows = await self._all({"productVersionId": number}, elements)
        inside = [row for row in rows if _parent(row) == str(number)]
        if len(inside) < len(rows):
            raise PageFault(*_disobeyed("productVersionId"))
        return inside

    async def count(self) -> int:
        """How many products there are. None is believed only when it is said twice."""
        for place in PLACES:
            try:
                found = await self.page(place, 1, WHOSE[:1])
                if not found.total:
                    found = await self.page(0, 1, WHOSE[:1])
            except PageFault:
                if place == PLACES[-1]:
                    raise
                continue  # that one row breaks the answer: beside it the search says the same
            return found.total
        raise AssertionError

    async def _all(self, asked: Row, elements: Sequence[str]) -> list[Row]:
        rows: list[Row] = []
        number = 0
        while True:
            found = await self._search(elements, {**asked, "resultsPage": number, "resultsLimit": MOST})
            rows += found.rows
            number += 1
            if not found.rows or number * MOST >= found.total:
                return rows

    async def _search(self, elements: Sequence[str], asked: Row) -> Found:
        params: Row = {
            "returnProducts": "active",
            "returnElements": list(elements),
            "skipDefaultProduct": "y",
            "showPromotionsPrices": "y",
            "alwaysReturnProductShopSizesAttributes": True,
            "ordersBy": [{"elementName": "id", "sortDirection": "ASC"}],
            **asked,
        }
        answer = await self.connection.ask(SEARCH, body={"params": params})
        found = self._document(answer, SEARCH)
        fault = fault_of(found)
        if fault is not None and meaning(SEARCH, fault) is not Means.EMPTY:
            raise by_fault(SEARCH, fault, self.connection.base)
        if fault is not None and not found.get("results"):
            return NONE
        try:
            page = page_of(found)
        except Unparsable as problem:
            raise PageFault(*_unreadable(SEARCH, str(problem))) from problem
        if len(page.rows) > asked["resultsLimit"]:
            raise PageFault(*_disobeyed("resultsLimit"))
        if any(identity(row) is None for row in page.rows):
            raise PageFault(*_unreadable(SEARCH, "a row has no id"))
        return page

    @staticmethod
    def _only(rows: Sequence[Row], field: str, asked: set[int]) -> list[Row]:
        if any(identity(row) not in asked for row in rows):
            raise PageFault(*_disobeyed(field))
        return list(rows)

    # --- small tables -----------------------------------------------------------------------------------------

    async def table(self, gate: str, params: Mapping[str, str] | None = None) -> Row:
        """What a gate says. Raises `WrongQuestion` too."""
        answer = await self.connection.ask(gate, params)
        found = self._document(answer, gate)
        fault = fault_of(found)
        if fault is not None:
            raise by_fault(gate, fault, self.connection.base)
        return found

    async def pages(self, gate: str, name: str, params: Mapping[str, str]) -> list[Row]:
        """All rows of a gate of the older kind, whose list is called `name`."""
        rows: list[Row] = []
        number = 0
        while True:
            asked = {**params, "results_page": str(number), "results_limit": str(MOST)}
            try:
                found = old_page_of(await self.table(gate, asked), name)
            except Unparsable as problem:
                raise PageFault(*_unreadable(gate, str(problem))) from problem
            rows += found.rows
            number += 1
            if not found.rows or number * MOST >= found.total:
                return rows

    async def described(self) -> Row | None:
        """The shop's own description of this version of its API; None where it has none."""
        answer = await self.connection.documented()
        if answer.status != 200:
            return None
        try:
            return document(answer.body)
        except Unparsable:
            return None

    async def at_ease(self) -> None:
        """Wait while the shop says that its server is overloaded. Raises `Unreachable` where that does not end."""
        waited, looks = 0.0, 0
        while await self.overloaded():
            if waited >= self.connection.patience:
                raise Unreachable(
                    f"{self.connection.base} says that its server is overloaded, and said so for {waited:.0f} seconds.",
                    "Run the command again when less is going on in the shop, at night for instance.",
                )
            pause = await self.connection.pause(looks)
            if pause is None:
                return
            waited, looks = waited + pause, looks + 1

    async def overloaded(self) -> bool:
        """False too where the key may not ask, or the shop does not say."""
        if self._no_load:
            return False
        try:
            found = await self.table("system/serverLoad")
        except NotAllowed:
            self._no_load = True
            return False
        except PageFault:
            return False
        return found.get("serverLoadStatus") == OVERLOADED

    def _document(self, answer: Answer, gate: str) -> Row:
        if answer.status not in GOOD:
            raise refusal(answer, gate, self.connection.base, self.connection.version)
        try:
            return document(answer.body)
        except Unparsable as problem:
            raise no_json(answer, gate) from problem


def identity(row: Row) -> int | None:
    """A row's id; None where it is none."""
    text = str(row.get("productId", "")).strip()
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else None


def _parent(row: Row) -> str:
    version: Any = row.get("productVersion")
    return str(version.get("versionParentId", "")).strip() if isinstance(version, dict) else ""


def _disobeyed(name: str) -> tuple[str, str, str]:
    return (
        "question_disobeyed",
        f"The shop did not keep to {name}: it answered {SEARCH} with other products than were asked for.",
        "Run the command again. If it happens again, name another IDOSELL_VERSION, and tell us.",
    )


def _unreadable(gate: str, why: str) -> tuple[str, str, str]:
    return (
        "answer_unreadable",
        f"The shop's answer about {gate} cannot be read: {why}.",
        "Run the command again. If it happens again, name another IDOSELL_VERSION, and tell us.",
    )
