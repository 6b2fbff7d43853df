"""The shop's categories, out of the list that belongs to an offer, or out of the products where there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway_importer.catalog import Category, CategoryId
from lxml import etree

from iai_importer.conditions import language_of
from iai_importer.elements import LANG, local
from iai_importer.tags import attributes

NOT_ONE = {"", "0", "1"}  # "*Kategoria tymczasowa"


def parsed(body: bytes) -> Any:
    """The root of a small file. Raises ValueError where it is no XML."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as problem:
        raise ValueError(str(problem)) from None


def listed(body: bytes, languages: Sequence[str]) -> list[Category]:
    """The tree of a file of categories: ``category`` within ``category``, parents first."""
    return list(_below(parsed(body), None, (), languages))


def _below(
    element: Any, parent: CategoryId | None, path: tuple[str, ...], languages: Sequence[str]
) -> Iterator[Category]:
    for child in element:
        if local(child.tag) != "category":
            continue
        identity, name = (child.get("id") or "").strip(), _name(child, languages)
        if identity in NOT_ONE or not name:
            continue
        here = CategoryId(identity)
        yield Category(here, parent, name, (*path, name))
        yield from _below(child, here, (*path, name), languages)


def _name(element: Any, languages: Sequence[str]) -> str:
    """In the first language that has one, else as the attribute says it."""
    texts = {language_of(one.get(LANG) or ""): (one.text or "").strip() for one in element if local(one.tag) == "name"}
    said = next((texts[language] for language in languages if texts.get(language)), "")
    return said or (element.get("name") or "").strip().rpartition("/")[2]


def named(tags: Mapping[bytes, int], *, separator: str, path: str) -> list[Category]:
    """The categories that products name with their whole path in the attribute `path`; what lies above them is known
    where other products lie there."""
    found: dict[str, tuple[str, ...]] = {}
    for raw in tags:
        own = attributes(raw)
        identity = own.get("id", "").strip()
        said = own.get(path) or own.get("path", "")
        steps = tuple(step.strip() for step in said.replace("\\", separator).split(separator) if step.strip())
        if identity not in NOT_ONE and steps:
            found.setdefault(identity, steps)
    by_path = {steps: identity for identity, steps in found.items()}
    return [
        Category(
            CategoryId(identity), CategoryId(by_path[steps[:-1]]) if steps[:-1] in by_path else None, steps[-1], steps
        )
        for identity, steps in sorted(found.items(), key=lambda item: item[1])
    ]


def counts(tags: Mapping[bytes, int]) -> dict[CategoryId, int]:
    """How many products lie in each."""
    found: Counter[CategoryId] = Counter()
    for raw, number in tags.items():
        identity = attributes(raw).get("id", "").strip()
        if identity not in NOT_ONE:
            found[CategoryId(identity)] += number
    return dict(found)


def size_names(body: bytes) -> dict[tuple[str, str], str]:
    """Sizes' names by language and id, out of the file of sizes."""
    found: dict[tuple[str, str], str] = {}
    for size in parsed(body).iter():
        if local(size.tag) != "size":
            continue
        for name in size:
            language, text = name.get(LANG), (name.text or "").strip()
            if local(name.tag) == "name" and language and text:
                found[language_of(language), (size.get("id") or "").strip()] = text
    return found


def warehouse_names(body: bytes) -> dict[str, str]:
    """Warehouses' names by id, out of the file of stocks."""
    return {
        (stock.get("id") or "").strip(): stock.get("name") or ""
        for stock in parsed(body).iter()
        if local(stock.tag) == "stock"
    }
