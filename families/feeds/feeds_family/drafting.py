"""The command `columns`: a first draft of the map of a table's columns, or what is new to the one that is there."""

from __future__ import annotations

from pathlib import Path

from feeds_family import drafts, refusals
from feeds_family.cells import table_of
from feeds_family.choices import Choices
from feeds_family.columns import MapLine, map_lines, written
from feeds_family.fetching import Fetching
from feeds_family.places import Place
from feeds_family.reading import Manner, looked_at, text_of_map
from feeds_family.store import Store

HELP = "write the first draft of what a table's columns mean, or add what is new to the one that is there"


async def write_drafts(choices: Choices, fetching: Fetching, store: Store) -> str:
    """Drafts for those of the two sources that are tables; what a person is told. Raises `ImporterError`."""
    said: list[str] = []
    sources = ((choices.places.first, choices.manner), (choices.places.second, choices.second_manner))
    try:
        async with store.fetching() as arriving:
            scratch = store.scratch()
            for number, (place, manner) in enumerate(sources):
                if place is not None:
                    said += await _write(("first", "second")[number], place, manner, fetching, arriving, scratch)
    except OSError as problem:
        raise refusals.no_place(store.folder, problem) from problem
    return "\n".join(said)


async def _write(
    name: str, place: Place, manner: Manner, fetching: Fetching, arriving: Path, scratch: Path
) -> list[str]:
    what = f"the {name} source"

    def read(path: Path) -> list[MapLine] | str:
        sniffed = looked_at(path, scratch, manner)
        if not sniffed.format.table:
            return sniffed.format.value
        return drafts.draft(table_of(sniffed, separator=manner.separator, sheet=manner.sheet), _before(manner.map))

    found = (await fetching.obtain(f"{name}-draft", what, place, arriving, read)).content
    if isinstance(found, str):
        return [f"{what[0].upper()}{what[1:]} is {found}: what its fields mean is known, and no map is needed."]
    manner.map.parent.mkdir(parents=True, exist_ok=True)
    manner.map.write_text(written(found), "utf-8")
    guesses = [line for line in found if line.meaning.endswith("?") or line.decimal.endswith("?")]
    said = [f"{manner.map}: {len(found)} lines, {len(guesses)} of them guesses that somebody has to confirm."]
    said += [f"  {line.column}: {line.meaning} {line.decimal}  ({line.why})" for line in guesses]
    said.append(
        "Open the file in an office program. Where a guess is right, take its question mark away; else write what the "
        "column means, or nothing to leave it out. The meanings are listed in docs/feeds.md."
    )
    return said


def _before(path: Path) -> list[MapLine]:
    return map_lines(text_of_map(path)) if path.exists() else []
