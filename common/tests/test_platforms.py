"""What holds for every platform's folder, found by looking: none is forgotten where the project lists them."""

import tomllib
from typing import Any

import pytest
from gateway_importer.testing import folders
from gateway_importer.testing.conformance import tables

PROJECT: dict[str, Any] = tomllib.loads((folders.ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
PLATFORMS = [folders.package(folder) for folder in folders.platforms()]
FAMILIES = [folders.package(folder) for folder in folders.families()]
PACKAGES = [*PLATFORMS, *FAMILIES]


def contract(begins: str) -> dict[str, Any]:
    (found,) = (one for one in PROJECT["importlinter"]["contracts"] if one["name"].startswith(begins))
    return dict(found)


@pytest.mark.parametrize(
    ("listed", "wanted"),
    [
        (PROJECT["coverage"]["run"]["source_pkgs"], PACKAGES),
        (PROJECT["importlinter"]["root_packages"], PACKAGES),
        (contract("Nothing in common knows a platform")["forbidden_modules"], PACKAGES),
        (contract("A platform knows the model")["source_modules"], PACKAGES),
        (contract("No platform knows another")["modules"], PLATFORMS),
        (contract("No family knows a platform")["source_modules"], FAMILIES),
        (contract("No family knows a platform")["forbidden_modules"], PLATFORMS),
        (contract("SQLite")["source_modules"], PACKAGES),
        (contract("One way to speak HTTP")["source_modules"], PACKAGES),
        (contract("S3")["source_modules"], PACKAGES),
        (contract("The terminal")["source_modules"], PACKAGES),
    ],
)
def test_every_platform_is_measured_and_under_the_architectures_rules(listed: list[str], wanted: list[str]) -> None:
    assert set(wanted) <= set(listed)


@pytest.mark.parametrize("family", folders.families(), ids=lambda folder: folder.name)
def test_a_family_may_be_known_by_the_platforms_that_name_it_as_a_source(family: Any) -> None:
    name = folders.package(family)
    own = [folders.package(platform) for platform in folders.platforms() if family in folders.needed(platform)]
    assert sorted(contract(f"The family {name} is known")["allowed_importers"]) == sorted(own)


def test_what_maps_a_shops_data_does_no_io_on_any_platform() -> None:
    pure = set(contract("What maps")["source_modules"])
    wanted = {f"{package}.{module}" for package in PACKAGES for module in ("mapping", "wire")}
    there = {name for name in wanted if _exists(name)}
    assert there and there <= pure


def _exists(module: str) -> bool:
    package, name = module.split(".")
    return any((place / package / f"{name}.py").exists() for place in folders.places())


@pytest.mark.parametrize("folder", folders.platforms(), ids=lambda folder: folder.name)
def test_every_platform_has_all_that_belongs_to_one(folder: Any) -> None:
    missing = [
        name
        for name in (
            "README.md",
            "quality.toml",
            "pyproject.toml",
            "requirements.txt",
            "demo.py",
            "tests/test_conformance.py",
        )
        if not (folder / name).exists()
    ]
    assert not missing
    assert folder.name in (folders.ROOT / "README.md").read_text("utf-8")


def test_the_tables_in_the_readmes_say_what_each_platforms_quality_says() -> None:
    stale = [path.name for path, text in tables.documents() if path.read_text("utf-8") != text]
    assert not stale, "run `make tables`"


def test_the_packages_of_every_platform_and_family_reach_its_image_and_nothing_else_does() -> None:
    lines = (folders.ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_through = {line for line in lines if line.startswith("!")}
    wanted = {f"!{name}" for name in ("common/pyproject.toml", "common/gateway_importer")}
    for folder in (*folders.platforms(), *folders.families()):
        where = folder.relative_to(folders.ROOT)
        wanted |= {f"!{where}/pyproject.toml", f"!{where}/{folders.package(folder)}"}
        wanted |= {f"!{where}/requirements.txt"} if folder in folders.platforms() else set()
    assert let_through == wanted


@pytest.mark.parametrize("folder", folders.families(), ids=lambda folder: folder.name)
def test_a_familys_distribution_and_package_have_the_names_that_the_makefile_expects(folder: Any) -> None:
    described = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    assert described["project"]["name"] == f"gateway-importer-family-{folder.name}"
    assert folders.package(folder).endswith("_family")
