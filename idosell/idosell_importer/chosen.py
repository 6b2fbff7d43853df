"""Products by their ids, and which one it is at which the shop fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from gateway_importer.catalog import Failed, ProductId
from idosell_family.member import Broken, Member

from idosell_importer.answers import Row
from idosell_importer.client import Client, identity
from idosell_importer.mapping import whose
from idosell_importer.reader import Unreadable
from idosell_importer.refusals import PageFault
from idosell_importer.wire import WHOSE


@dataclass(slots=True)
class Found:
    """`members` are those of which the shop says no more than whose they are, `failed` those of which nothing."""

    rows: list[Row] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)

    def missing(self, ids: Sequence[int]) -> list[int]:
        known = {str(identity(row)) for row in self.rows} | {member.id for member in self.members}
        known |= {str(one.source_id) for one in self.failed}
        return [one for one in ids if str(one) not in known]

    def unnamed(self) -> list[int]:
        """The groups of which no member is named."""
        groups: list[int] = []
        for row in self.rows:
            try:
                member = whose(row)
            except Unreadable:
                continue  # it is told by itself
            if member.members is None:
                groups.append(int(member.group))
        return groups


class Chooser:
    """Asks one shop. Raises `NotAllowed` and `errors.ImporterError`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def found(self, ids: Sequence[int], groups: Sequence[int] | None, elements: Sequence[str]) -> Found:
        """The products of `ids`; the members of those of `groups` that are no product's id, and of groups of which the
        shop does not name the members (`groups` None: no members). What does not come is asked for once more, since it
        will be believed to be gone.
        """
        found = Found()
        for _ in range(2):
            if missing := found.missing(ids):
                await self._products(missing, elements, found)
        if groups is None:
            return found
        for one in dict.fromkeys((*found.missing(groups), *found.unnamed())):
            try:
                rows = await self._client.group(one, elements)
            except PageFault as fault:
                found.failed.append(Failed(ProductId(str(one)), "", fault.fault))
                continue
            missing = found.missing([number for row in rows if (number := identity(row)) is not None])
            found.rows += [row for row in rows if identity(row) in missing]
        return found

    async def _products(self, ids: Sequence[int], elements: Sequence[str], found: Found) -> None:
        """Halved where the shop fails, until the one is found that it fails at."""
        pending = deque([list(ids)])
        while pending:
            part = pending.popleft()
            try:
                found.rows += await self._client.products(part, elements)
            except PageFault as fault:
                if len(part) > 1:
                    pending += [part[: len(part) // 2], part[len(part) // 2 :]]
                    continue
                try:
                    found.members += [broken_member(row, fault) for row in await self._client.products(part, WHOSE)]
                except PageFault:
                    found.failed.append(Failed(ProductId(str(part[0])), "", fault.fault))


def broken_member(row: Row, fault: PageFault) -> Member:
    """A product at which the shop fails, of which only the group is known."""
    try:
        known = whose(row)
    except Unreadable:
        own = str(identity(row))
        known = Member(id=own, group=own, name="", members=(own,))
    return msgspec.structs.replace(known, broken=Broken.of(fault.fault))
