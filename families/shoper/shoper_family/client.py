"""The API's lists: walks by rising ids, and the rows of many products in one question. No answer is believed that holds
something else than what was asked.

The vendor's documents do not say of every filter that it works on every list, so each has a way back, which is
remembered for the shop: many ids at once (``in``), then one at a time in a bulk, then one at a time.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from gateway_importer.http import Answer

from shoper_family.answers import Listing, Row, Unparsable, document, error_of, listing
from shoper_family.connection import REST, Connection
from shoper_family.refusals import Missing, PageFault, WrongQuestion, no_json, refusal, unreachable

MOST_ROWS = 50  # a question for more is answered with ten
MOST_CALLS = 25  # in one bulk
LONGEST_IDS = 5000  # characters of ids in an address, which servers limit to 8 KB
OFFSETS = (None, 1, 3, 10)  # at which a list is asked how long it is, until a row does not break the answer
NO_BULK = {400, 403, 404, 405, 501}  # as shops answer what they do not have
FAILURES_IN_A_ROW = 100  # questions that the shop could not answer; then it is no single product's fault
IN, BULK, SINGLE = "in", "bulk", "single"
Found = TypeVar("Found")


class Client:
    """Asks one shop. Raises `PageFault` where the shop cannot answer this question, `NotAllowed` where the
    credentials may not ask it, and `errors.ImporterError` where it will answer none."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._failed_in_a_row = 0

    # --- single documents and plain lists ---------------------------------------------------------------------

    async def document(self, resource: str) -> Any:
        """What lies at `resource`, whatever it is."""
        return await self._counted(self._document(resource))

    async def row(self, resource: str, number: int) -> Row | None:
        """One row by its id; None where the shop says that it has none of it."""
        try:
            found = await self.document(f"{resource}/{number}")
        except Missing:
            return None
        except WrongQuestion as problem:
            raise unreadable(resource, f"row {number} cannot be asked for ({problem})") from problem
        if not isinstance(found, dict):
            raise unreadable(resource, "it is no row")
        return found

    async def page(
        self, resource: str, *, order: str, limit: int = MOST_ROWS, offset: int | None = None,
        filters: Mapping[str, Any] | None = None,
    ) -> Listing:  # fmt: skip
        """One page of a list. Raises `WrongQuestion` where the shop does not know a filter."""
        params = {"limit": str(limit), "order": f"{order} ASC"}
        if offset is not None:
            params["offset"] = str(offset)
        if filters:
            params["filters"] = json.dumps(filters, separators=(",", ":"))
        return await self._counted(self._page(resource, params))

    async def count(self, resource: str, order: str) -> int:
        """How many rows a list has."""
        for offset in OFFSETS[:-1]:
            try:
                return (await self.page(resource, order=order, limit=1, offset=offset)).count
            except PageFault:
                continue  # that one row breaks the answer: beside it the list says the same
        return (await self.page(resource, order=order, limit=1, offset=OFFSETS[-1])).count

    # --- the rows of many at once -----------------------------------------------------------------------------

    async def rows_of(
        self, resource: str, field: str, ids: Collection[int], key: str, *, witnesses: Collection[int] = ()
    ) -> list[Row]:
        """The rows whose `field` is one of `ids`, each once; `key` names the rows' own id.

        `witnesses` are those of the ids of which a row must be there: where one is missing, it is asked for by
        itself, and a filter that had hidden it is not believed again.
        """
        wanted = sorted(set(ids))
        if not wanted:
            return []
        place = f"{resource} by {field}"
        if self._way(place) == IN:
            try:
                found = await self._in(resource, field, wanted, key)
                missing = sorted(set(witnesses) - {number(row, field) for row in found})
                if missing:
                    # Once more before a filter is blamed for what was a moment's trouble, or has just been deleted.
                    found += await self._in(resource, field, missing, key)
                    missing = sorted(set(missing) - {number(row, field) for row in found})
                if missing and (hidden := await self.each(resource, field, missing, key)):
                    self._learn(place, BULK)
                    found += hidden
                    rest = sorted(set(wanted) - set(missing))
                    found += await self.each(resource, field, rest, key)
                return once(found, key)
            except WrongQuestion:
                self._learn(place, BULK)
        return once(await self.each(resource, field, wanted, key), key)

    async def _in(self, resource: str, field: str, ids: Sequence[int], key: str) -> list[Row]:
        """By the filter ``in``. Raises `WrongQuestion` where the answer holds others."""
        found: list[Row] = []
        for chunk in chunks(ids, MOST_ROWS if field == key else len(ids)):
            asked, last = set(chunk), 0
            while True:
                filters: dict[str, Any] = {field: {"in": chunk}}
                if last:
                    filters[key] = {">": last}
                page = await self.page(resource, order=key, filters=filters)
                if any(number(row, field) not in asked for row in page.rows) or not rising(page.rows, key, last):
                    raise WrongQuestion(f"{resource}: {field} in")
                found += page.rows
                if field == key or not page.more:
                    break
                if not page.rows:
                    raise empty(resource, page.count)
                last = number(page.rows[-1], key)
        return found

    async def each(self, resource: str, field: str, ids: Sequence[int], key: str) -> list[Row]:
        """One id a question; as many questions at once as a bulk holds, where the shop has bulks."""
        if self._way("bulk") == IN:
            try:
                found: list[Row] = []
                for start in range(0, len(ids), MOST_CALLS):
                    found += await self._bulk(resource, field, ids[start : start + MOST_CALLS], key)
                return found
            except WrongQuestion:
                self._learn("bulk", SINGLE)
        return [row for one in ids for row in await self._single(resource, field, one, key)]

    async def _single(self, resource: str, field: str, one: int, key: str) -> list[Row]:
        if field == key:
            row = await self.row(resource, one)
            if row is not None and number(row, key) != one:
                raise unreadable(resource, f"asked for row {one}, it is another")
            return [] if row is None else [row]
        found: list[Row] = []
        last = 0
        while True:
            try:
                page = await self.page(
                    resource, order=key, filters={field: one, **({key: {">": last}} if last else {})}
                )
            except WrongQuestion as problem:
                raise unreadable(resource, f"it cannot be asked by {field}") from problem
            if any(number(row, field) != one for row in page.rows) or not rising(page.rows, key, last):
                raise unreadable(resource, f"asked by {field}, it holds others")
            found += page.rows
            if not page.more:
                return found
            if not page.rows:
                raise empty(resource, page.count)
            last = number(page.rows[-1], key)

    async def _bulk(self, resource: str, field: str, ids: Sequence[int], key: str) -> list[Row]:
        """As `_single`, for several ids. Raises `WrongQuestion` where the shop has no bulks."""
        calls: list[dict[str, Any]] = []
        for one in ids:
            call: dict[str, Any] = {"id": str(one), "path": f"{REST}{resource}", "method": "GET"}
            if field == key:
                call["path"] += f"/{one}"
            else:
                filters = json.dumps({field: one}, separators=(",", ":"))
                call["params"] = {"limit": str(MOST_ROWS), "order": f"{key} ASC", "filters": filters}
            calls.append(call)
        answered = await self._counted(self._bulk_items(calls))
        found: list[Row] = []
        for one in ids:
            item = answered.get(str(one))
            rows = None if item is None else self._of_item(item, resource, field, one, key)
            # What did not come, or is longer than a page, is asked for by itself.
            found += await self._single(resource, field, one, key) if rows is None else rows
        return found

    async def _bulk_items(self, calls: Sequence[Row]) -> Mapping[str, Row]:
        answer = await self.connection.ask("bulk", body=calls)
        if answer.status != 200:
            if answer.status in NO_BULK:
                raise WrongQuestion("bulk")
            raise refusal(answer, "bulk", self.connection.base, self.connection.clicks)
        found = parsed(answer, "bulk")
        items = found.get("items") if isinstance(found, dict) else None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise WrongQuestion("bulk")
        return {str(item.get("id")): item for item in items}

    def _of_item(self, item: Row, resource: str, field: str, one: int, key: str) -> list[Row] | None:
        body = item.get("body")
        error = error_of(body)
        code = item.get("code")
        if error is not None or code != 200:
            if code == 404 and error is not None and field == key:
                return []
            return None
        if field == key:
            return [body] if isinstance(body, dict) and number(body, key) == one else None
        try:
            page = listing(body)
        except Unparsable:
            return None
        right = all(number(row, field) == one for row in page.rows) and rising(page.rows, key, 0)
        return list(page.rows) if right and not page.more else None

    # --- what is common to all --------------------------------------------------------------------------------

    def _way(self, place: str) -> str:
        return self.connection.found_out(place) or IN

    def _learn(self, place: str, way: str) -> None:
        self.connection.find_out(place, way)

    async def _document(self, resource: str) -> Any:
        return parsed(await self._answer(resource, {}), resource)

    async def _page(self, resource: str, params: Mapping[str, str]) -> Listing:
        try:
            found = listing(parsed(await self._answer(resource, params), resource))
        except Unparsable as problem:
            raise unreadable(resource, str(problem)) from problem
        key = params["order"].removesuffix(" ASC")
        if any(number(row, key) < 0 for row in found.rows):
            raise unreadable(resource, "a row has no id")
        return found

    async def _answer(self, resource: str, params: Mapping[str, str]) -> Answer:
        answer = await self.connection.ask(resource, params)
        if answer.status != 200:
            raise refusal(answer, resource.split("/")[0], self.connection.base, self.connection.clicks)
        return answer

    async def _counted(self, asking: Awaitable[Found]) -> Found:
        """What is asked for; a shop that fails again and again is down."""
        try:
            found = await asking
        except PageFault as fault:
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= FAILURES_IN_A_ROW:
                why = f"{FAILURES_IN_A_ROW} questions in a row failed. {fault.cause}"
                raise unreachable(self.connection.base, why) from fault
            raise
        self._failed_in_a_row = 0
        return found


def number(row: Row, field: str) -> int:
    """An id of a row; -1 where it is none, which was never asked for."""
    text = str(row.get(field, "")).strip()
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else -1


def rising(rows: Sequence[Row], key: str, above: int) -> bool:
    for row in rows:
        if number(row, key) <= above:
            return False
        above = number(row, key)
    return True


def once(rows: Sequence[Row], key: str) -> list[Row]:
    return list({number(row, key): row for row in rows}.values())


def chunks(ids: Sequence[int], most: int) -> list[list[int]]:
    """`ids` in pieces that fit into an address, of no more than `most`."""
    found: list[list[int]] = []
    length = 0
    for one in ids:
        length += len(str(one)) + 3  # the separator may be percent-encoded
        if not found or length > LONGEST_IDS or len(found[-1]) == most:
            found.append([])
            length = len(str(one)) + 3
        found[-1].append(one)
    return found


def parsed(answer: Answer, resource: str) -> Any:
    try:
        return document(answer.body)
    except Unparsable as problem:
        raise no_json(answer, resource) from problem


def unreadable(resource: str, why: str) -> PageFault:
    return PageFault(
        "answer_unreadable",
        f"The shop's answer about {resource} cannot be used: {why}.",
        "Run the command again; if it happens again, tell us the version that `check` shows.",
    )


def empty(resource: str, count: int) -> PageFault:
    return PageFault(
        "list_empty",
        f"The shop says that its list of {resource} has {count} rows more, and hands out none.",
        "Run the command again; if it happens again, show this message to the shop's support.",
    )
