"""One state of a shop's files, read whole: the rows of today, and those of late that the files do not show any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import msgspec

from feeds_family.conditions import Conditions
from feeds_family.grouping import Grouping
from feeds_family.reading import Manner, Opened, opened, rows
from feeds_family.refusals import NotUsable
from feeds_family.second import Offers, Second, Stocks
from feeds_family.shelf import Shelf, kept_rows, key_of
from feeds_family.survey import Survey
from feeds_family.wire import COSTLY, Row

#: As the importer's own threshold: so many may always go; above it a share of all is suspicious.
FEW, SHARE = 5, 0.2
MOST_MISSING = 0.05  # of a second feed's offers


@dataclass(slots=True)
class Generation:
    """What is read in one run. `kept` rows are not in the file any more and here with stock 0; `left` products were not
    believed to be sold out, because too many went at once, and neither were `held` rows of products that are there."""

    shelf: Shelf
    opened: Opened
    survey: Survey
    grouping: Grouping
    second: Second | None = None
    kept: int = 0
    left: int = 0
    held: int = 0
    remarks: list[str] = field(default_factory=list)

    def members(self, head: int) -> list[Row]:
        """The rows of a product, with what the second source says of them."""
        found = self.shelf.members(head)
        if self.second is None:
            return found
        return [row if row.gone else self.second.merged(row) for row in found]

    def product(self, head: int) -> str:
        return product_of(self.shelf.row(head))

    def products(self) -> Iterator[str]:
        """The ids of all products, those that the file does not show any more included."""
        return (self.product(head) for head in self.shelf.heads())


def product_of(row: Row) -> str:
    """The id of the product to which a row belongs, once its group was decided."""
    return row.group or row.id


def read(
    path: Path, scratch: Path, manner: Manner, conditions: Conditions, grouping_of: Callable[[Opened], Grouping],
    second: Second | None,
) -> Generation:  # fmt: skip
    """The first source, from its beginning to its end. Raises `NotUsable`."""
    found = opened(path, scratch, manner)
    grouping = grouping_of(found)
    made = Generation(Shelf(scratch / f"{path.name}.rows"), found, Survey(), grouping, second)
    try:
        _read(made, manner, conditions)
    except NotUsable:
        made.shelf.discard()
        raise
    return made


def _read(made: Generation, manner: Manner, conditions: Conditions) -> None:
    second = made.second
    seen: set[int] = set()
    for one in rows(made.opened, manner):
        row, product = made.grouping.assigned(one)
        key = key_of(row.id)
        if key in seen:
            made.survey.double(row)
            continue
        seen.add(key)
        if second is not None:
            second.note(row)
            shown = second.merged(row)
        else:
            shown = row
        made.survey.note(shown, conditions)
        made.shelf.add(row, product)
    if not len(made.shelf):
        raise NotUsable("it is whole, but holds no offer; an empty feed is never believed", EMPTY, again=True)
    if isinstance(second, Offers) and second.share < 1 - MOST_MISSING:
        raise NotUsable(
            f"of the second source's {len(second.shelf)} offers only {len(second.found)} are in it "
            f"({second.share:.0%}; {1 - MOST_MISSING:.0%} are needed): they are not of one shop, or use other ids",
            "See that both are of the same shop and have the same ids; or read one of them alone.",
        )

    if isinstance(second, Stocks) and not second.found:
        raise NotUsable(
            f"of none of its rows the table of stock knows the {second.key}: all of them would be sold out",
            f"See that both have the same {second.key}s, with all zeros in front, or join them by another column.",
        )


EMPTY = "See at the shop whether it still makes the feed, then run the command again. Nothing was archived."


def carry_over(made: Generation, before: Path | None, today: date, days: int, *, accepted: bool = False) -> None:
    """Rows that an earlier run handed on and that the file does not show any more stay, with stock 0, for so many days.

    Where too many products are gone at once, those are left out: the importer then asks whether that is right, and
    archives nothing before somebody says so. Where too many rows of products that are still there are gone, they stay
    as they were, until it was `accepted`.
    """
    if before is not None and days:
        # By its rows too: a product's own id changes with the rule by which rows are put together.
        there, groups = made.shelf.ids, made.shelf.groups
        groups |= {key_of(product_of(row)) for row in kept_rows(before) if key_of(row.id) in there}
        fresh: set[int] = set()
        rows = gone_rows = 0
        for row in kept_rows(before):
            if not row.gone:
                fresh.add(product := key_of(product_of(row)))
                rows += 1
                gone_rows += key_of(row.id) not in there and product in groups
        gone = fresh - groups
        made.left = len(gone) if _too_many(len(gone), len(fresh)) else 0
        made.held = gone_rows if _too_many(gone_rows, rows) and not accepted else 0
        last = (today - timedelta(days=days)).isoformat()
        for row in kept_rows(before):
            product = key_of(product_of(row))
            if key_of(row.id) in there or (made.left and not row.gone and product in gone):
                continue
            if any(one.field in COSTLY for one in row.wrong):
                continue  # it never came in
            if made.held and not row.gone and product in groups:
                made.shelf.add(row, product_of(row))
                continue
            since = row.gone or today.isoformat()
            if since > last:
                made.shelf.add(msgspec.structs.replace(row, gone=since), product_of(row))
                for path in row.categories:
                    made.survey.categories.setdefault(path, 0)
                made.kept += 1
    made.shelf.finish()


def _too_many(gone: int, of: int) -> bool:
    return gone > FEW and gone > of * SHARE


def told(made: Generation, days: int) -> list[str]:
    """What a person should know of the rows that went."""
    found = []
    if made.kept:
        found.append(
            f"{made.kept} rows that the file does not show any more are kept with stock 0; each is archived "
            f"{days} days after it went (VANISHED_DAYS)."
        )
    if made.held:
        found.append(
            f"{made.held} rows of products that are still there are gone at once: they stay as they were. "
            "If that is right, run once with ARCHIVE_MANY=yes."
        )
    if made.left:
        found.append(f"{made.left} products are gone from the file at once, which is too many to be sold out.")
    return found
