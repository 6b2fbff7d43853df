"""The webservice's lists: whole tables, rows by id, pages that stay right while rows come and go.

Lists are always asked for with ``display`` and ``sort``: without the first, JSON drops fields; without the
second, pages overlap (PrestaShop's ``WebserviceRequest`` and ``WebserviceOutputJSON``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from gateway_importer.failures import HttpFailure
from gateway_importer.http import Answer

from prestashop_importer.answers import Listing, Row, Unparsable, listing
from prestashop_importer.connection import REDIRECTS, Access, Connection
from prestashop_importer.refusals import PageFault, redirected, refusal, unreachable

LONGEST_ID_LIST = 5000  # characters as encoded in the address, which servers limit to 8 KB
FLAT_PAGE = 500  # rows of a flat table asked for at once
IDS_AT_ONCE = 5000  # ids asked for in one question, for which the shop loads no row
EMPTY_PAGES = 3  # in the middle of a list; then the list cannot be read
FAILURES_IN_A_ROW = 100  # questions that the shop could not answer; then it is no single product's fault


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a list, and what the shop complained of while it made them."""

    rows: tuple[Row, ...] = ()
    complaints: tuple[str, ...] = ()


class Client:
    """Asks one shop for lists. Every method raises `PageFault` where the shop cannot answer this question, and
    `errors.ImporterError` where it will answer none."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._failed_in_a_row = 0

    async def access(self) -> Access:
        return await self.connection.access()

    async def rows(
        self,
        resource: str,
        *,
        display: Sequence[str] | None = (),
        filters: Mapping[str, str] | None = None,
        options: Mapping[str, str] | None = None,
        limit: int | None = None,
        expected: bool = False,
    ) -> Rows:
        """One list, by id; `display` names its fields: all of them where it is empty, only the id for None (the
        shop then loads no row, so that none can break the list). Where rows are `expected`, an empty list is asked
        for once more before it is believed: what stands between shop and importer answers so now and then."""
        access = await self.access()
        params = {"sort": "[id_ASC]"}
        if display is not None:
            params["display"] = f"[{','.join(display)}]" if display else "full"
        params |= {f"filter[{name}]": value for name, value in (filters or {}).items()}
        params |= options or {}
        if limit is not None:
            params["limit"] = str(limit)
        if self.connection.shop_id:
            params["id_shop"] = self.connection.shop_id
        try:
            found = await self._read(resource, params, xml=access.old)
            if expected and not found.rows:
                found = await self._read(resource, params, xml=access.old)
        except PageFault as fault:
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= FAILURES_IN_A_ROW:
                why = f"{FAILURES_IN_A_ROW} questions in a row failed. {fault.cause}"
                raise unreachable(self.connection.base, why) from fault
            raise
        self._failed_in_a_row = 0
        return found

    async def rows_of(
        self,
        resource: str,
        field: str,
        ids: Sequence[int],
        *,
        display: Sequence[str] = (),
        options: Mapping[str, str] | None = None,
        expected: bool = True,
    ) -> Rows:
        """The rows whose `field` is one of `ids`, in as few questions as the length of an address allows."""
        found: list[Row] = []
        complaints: list[str] = []
        for chunk in chunks(sorted(set(ids))):
            filters = {field: "[" + "|".join(str(one) for one in chunk) + "]"}
            part = await self.rows(resource, display=display, filters=filters, options=options, expected=expected)
            found += part.rows
            complaints += part.complaints
        return Rows(tuple(found), tuple(complaints))

    async def after(
        self,
        resource: str,
        last: int,
        limit: int,
        *,
        display: Sequence[str] | None = (),
        filters: Mapping[str, str] | None = None,
        options: Mapping[str, str] | None = None,
        until: int | None = None,
    ) -> Rows:
        """The next rows above an id; `until` is the highest that is wanted. A table is `expected` to have a row."""
        above = {**(filters or {}), "id": f">[{last}]" if until is None else f"[{last + 1},{until}]"}
        first = last == 0
        return await self.rows(resource, display=display, filters=above, options=options, limit=limit, expected=first)

    async def highest(self, resource: str, filters: Mapping[str, str] | None = None) -> int:
        """The highest id of a table; 0 where it has no row."""
        last = {"sort": "[id_DESC]"}
        found = await self.rows(resource, display=None, filters=filters, options=last, limit=1, expected=True)
        return max(ids_of(found.rows, resource), default=0)

    async def table(
        self, resource: str, *, display: Sequence[str] = (), filters: Mapping[str, str] | None = None
    ) -> tuple[Row, ...]:
        """A whole flat table, by pages of ids, until one is empty: a module may allow fewer rows than were asked."""
        found: list[Row] = []
        last = 0
        while page := (await self.after(resource, last, FLAT_PAGE, display=display, filters=filters)).rows:
            found += page
            last = highest_id(page, resource, above=last)
        return tuple(found)

    async def id_lists(self, resource: str) -> AsyncIterator[list[int]]:
        """All ids of a resource, rising, in pieces; no row is loaded for them. The list ends where the highest id
        says so, and not where a page comes empty."""
        last = 0
        for _ in range(EMPTY_PAGES):
            while page := (await self.after(resource, last, IDS_AT_ONCE, display=None)).rows:
                last = highest_id(page, resource, above=last)
                yield ids_of(page, resource)
            if await self.highest(resource) <= last:
                return
        raise PageFault(
            "list_empty",
            f"The shop's list of {resource} ends at {last}, and it says that there are more.",
            "Run the command again when less is going on at the shop.",
        )

    async def _read(self, resource: str, params: Mapping[str, str], *, xml: bool) -> Rows:
        """JSON (XML for old shops); where that form cannot be read, the other one, for this question."""
        answer = await self._answer(resource, params, xml=xml)
        taken = _taken(answer, resource)
        if taken is None and _other_form_may_help(answer, resource):
            taken = _taken(await self._answer(resource, params, xml=not xml), resource)
        if taken is None:
            raise refusal(answer, resource, self.connection.base)
        return taken

    async def _answer(self, resource: str, params: Mapping[str, str], *, xml: bool) -> Answer:
        form = {} if xml else {"output_format": "JSON"}
        try:
            answer = await self.connection.ask(resource, {**params, **form})
        except HttpFailure as failure:
            raise PageFault(
                "shop_silent",
                f"The shop gave no whole answer about {resource}: {failure}",
                "If it happens again, ask for less at once: PRESTASHOP_PAGE_SIZE=10, SHOP_CONCURRENCY=1.",
            ) from failure
        if answer.status in REDIRECTS:
            raise redirected(answer, self.connection.base, self.connection.shop_id)
        return answer


def ids_of(rows: Sequence[Row], resource: str) -> list[int]:
    """The ids of rows, rising."""
    try:
        return sorted({int(str(row.get("id"))) for row in rows})
    except ValueError:
        raise _ids_unreadable(resource) from None


def highest_id(rows: Sequence[Row], resource: str, *, above: int) -> int:
    """The last id of a page; a page that does not go on is a fault, not an endless loop."""
    highest = ids_of(rows, resource)[-1]
    if highest <= above:
        raise _ids_unreadable(resource)
    return highest


def _ids_unreadable(resource: str) -> PageFault:
    return PageFault(
        "ids_unreadable",
        f"The ids in the shop's list of {resource} do not rise.",
        "A module changes the webservice's lists: ask the shop's programmer.",
    )


def chunks(ids: Sequence[int]) -> list[list[int]]:
    """`ids` in pieces that fit into an address."""
    found: list[list[int]] = []
    length = LONGEST_ID_LIST
    for one in ids:
        length += len(str(one)) + 3  # the separator is percent-encoded
        if length > LONGEST_ID_LIST:
            found.append([])
            length = len(str(one)) + 3
        found[-1].append(one)
    return found


def _listing(answer: Answer, resource: str) -> Listing | None:
    try:
        return listing(answer.body, resource)
    except Unparsable:
        return None


def _taken(answer: Answer, resource: str) -> Rows | None:
    """The rows, also of a 500 that holds them: a PHP notice turns a good answer into one."""
    found = _listing(answer, resource)
    if found is None or found.rows is None:
        return None
    if answer.status == 200 and not found.errors:
        return Rows(found.rows)
    if found.only_notices:
        return Rows(found.rows, tuple(error.message for error in found.errors))
    return None


def _other_form_may_help(answer: Answer, resource: str) -> bool:
    """XML breaks on texts that JSON can carry, and holds no data beside a notice; JSON breaks on others."""
    found = _listing(answer, resource)
    if found is None:
        return answer.status == 200
    return found.rows is None and found.only_notices
