"""Holds the tables in the documents against the code: each row is made here, and must stand in its document as it is.

A test that finds them different prints the rows to paste, so that nobody has to run anything to write them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from gateway_importer.settings import Setting

DOCUMENTS = Path(__file__).parents[3] / "docs"
SETTINGS = ("setting", "default", "meaning")


def setting_rows(settings: Iterable[Setting[Any]]) -> list[str]:
    """A row for each setting: its name in the environment, its default, its meaning as `--help` gives it."""
    return [row(f"`{setting.name}`", _default(setting), setting.help) for setting in settings]


def _default(setting: Setting[Any]) -> str:
    if setting.question is not None:
        asked = "asked" if setting.asked_if is None else "asked where it is needed"
        return f"{asked}, secret" if setting.secret else asked
    return f"`{setting.default}`" if setting.default else "none"


def row(*cells: str) -> str:
    """The cells as a row of a table in Markdown."""
    return "| " + " | ".join(" ".join(cell.split()).replace("|", r"\|") for cell in cells) + " |"


def differences(document: Path, header: Sequence[str], wanted: Sequence[str]) -> str:
    """What is wrong with the tables of `document` that begin with `header`, as text to read and rows to paste;
    empty where they hold exactly the rows `wanted`, in whatever order."""
    found = _rows(document, row(*header))
    if found is None:
        return f"{document.name} has no table that begins with\n{row(*header)}"
    missing = [each for each in wanted if each not in found]
    unknown = [each for each in found if each not in wanted]
    said = [f"{document.name} lacks:", *missing] if missing else []
    return "\n".join([*said, *([f"{document.name} has what the code does not:", *unknown] if unknown else [])])


def _rows(document: Path, header: str) -> list[str] | None:
    found: list[str] | None = None
    inside = False
    for line in document.read_text("utf-8").splitlines():
        if line == header:
            inside, found = True, found or []
        elif not line.startswith("|"):
            inside = False
        elif inside and found is not None and not line.startswith("|-"):
            found.append(line)
    return found
