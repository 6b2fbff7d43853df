"""Writes the generated tables into the READMEs: the rules of each platform into its own, all platforms into the root's.

``python -m gateway_importer.testing.conformance.tables`` writes them (`make tables`); a test compares them.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from gateway_importer.testing import folders
from gateway_importer.testing.conformance.kit import cannot_table, rules_table
from gateway_importer.testing.conformance.quality import Quality

BEGIN, END = "<!-- made by `make tables` from quality.toml -->", "<!-- end of what `make tables` made -->"


def platform_rows(folder: Path) -> list[str]:
    quality = Quality.of(folder)
    rows = [f"It is {quality.sentence}.", "", *rules_table(quality)]
    return [*rows, "", *cannot_table(quality.cannot)] if quality.cannot else rows


def root_rows() -> list[str]:
    """All platforms, with what each is proven against."""
    rows = ["| platform | its documents | to watch it | its image | what it is |", "|---|---|---|---|---|"]
    for folder in folders.platforms():
        name, title = folder.name, title_of(folder)
        documents = f"[{title}](docs/{name}.md), [{name}/]({name}/README.md)"
        rows.append(
            f"| {title} | {documents} | `make demo-{name}` | `make image-{name}` | {Quality.of(folder).sentence} |"
        )
    return rows


def title_of(folder: Path) -> str:
    found = importlib.import_module(f"{folders.package(folder)}.platform").PLATFORM.title
    return str(found)


def documents() -> Iterator[tuple[Path, str]]:
    """Each README and the text that it should have."""
    for path, rows in [
        (folders.ROOT / "README.md", root_rows()),
        *((folder / "README.md", platform_rows(folder)) for folder in folders.platforms()),
    ]:
        text = path.read_text("utf-8")
        if BEGIN not in text or END not in text:
            raise ValueError(f"{path} has no place for its table: put these two lines into it\n{BEGIN}\n{END}")
        made = "\n".join([BEGIN, "", *rows, "", END])
        yield path, re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _, made=made: made, text, flags=re.DOTALL)  # type: ignore[misc]


def main() -> int:
    for path, text in list(documents()):
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
