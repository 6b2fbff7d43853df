"""Where platforms, families and their tests lie in this repository, found by looking: adding one changes no list here.

``python -m gateway_importer.testing.folders places`` prints the folders with packages, ``platforms`` the platforms,
``mypypath PLATFORM`` where the type checker looks for it.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
COMMON = ROOT / "common"
FAULTS = COMMON / "tests/faults"  # helpers that every folder of tests may use


def platforms() -> list[Path]:
    """Every folder from which an image is built."""
    return sorted(path.parent for path in ROOT.glob("*/Dockerfile"))


def families() -> list[Path]:
    """What the platforms of one family share."""
    return sorted(path.parent for path in ROOT.glob("families/*/pyproject.toml"))


def places() -> list[Path]:
    """Every folder in which packages lie."""
    return [COMMON, *families(), *platforms()]


def package(folder: Path) -> str:
    """The name of the package in a platform's or a family's folder."""
    return next(path.parent.name for path in sorted(folder.glob("*/__init__.py")) if path.parent.name != "tests")


def needed(folder: Path) -> list[Path]:
    """The folders of this repository that a platform's or a family's packages need, its own first, ``common`` last:
    what its pyproject names as sources."""
    described = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    sources = described.get("tool", {}).get("uv", {}).get("sources", {})
    found = [(folder / source["path"]).resolve() for source in sources.values() if "path" in source]
    return [folder, *sorted(found, key=lambda path: path == COMMON)]


def helpers(folder: Path) -> list[Path]:
    """Where the tests of a platform or a family find their helpers: its own, and those of the family."""
    return [path / "tests" for path in needed(folder) if path != COMMON and (path / "tests").is_dir()]


def mypypath(folder: Path) -> list[Path]:
    return [*needed(folder), *helpers(folder), FAULTS]


def main(arguments: Sequence[str]) -> int:
    match arguments:
        case ["places"]:
            print(*(path.relative_to(ROOT) for path in places()))
        case ["platforms"]:
            print(*(path.name for path in platforms()))
        case ["mypypath", name]:
            print(os.pathsep.join(str(path.relative_to(ROOT)) for path in mypypath(ROOT / name)))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
