"""What is the same for all products of a shop: its languages, currency, warehouses and categories, as read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from gateway_importer.catalog import Category
from gateway_importer.errors import ShopUnusable
from gateway_importer.source import OpenQuestion

from idosell_importer.wire import Texts, Words

ZONE = ZoneInfo("Europe/Warsaw")  # IdoSell's own clock; its dates name no zone
SIZE = {"pol": "Rozmiar", "eng": "Size", "ger": "Größe", "cze": "Velikost", "slo": "Veľkosť", "fre": "Taille"}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that must be decided before an import."""

    subject: str
    text: str
    cure: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """`shop` is the number of the shop that is imported. `languages` are those in which texts are looked for, in
    order; `offered` all that the shop has. `warehouses` are added up; none: what can be sold. `counted` False: the shop
    keeps no stock. `menu` is the number of the menu whose items are categories, 0 where the panel's tree is.
    `size_names` are by group of sizes and size."""

    base: str
    name: str
    shop: int
    languages: tuple[str, ...]
    offered: tuple[str, ...] = ()
    currency: str = "PLN"
    warehouses: tuple[int, ...] = ()
    counted: bool = True
    menu: int = 0
    together: bool = True
    size_names: Mapping[tuple[str, str], Words] = field(default_factory=dict)
    categories: tuple[Category, ...] = ()
    category_counts: Mapping[str, int] = field(default_factory=dict)
    facts: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()

    @property
    def size_option(self) -> str:
        """What a size is called."""
        return SIZE.get(self.languages[0], SIZE["eng"])

    def word(self, words: Words) -> str:
        """In the language that is imported, else the shop's own, else any."""
        ordered = [words[one] for one in self.languages if one in words]
        return next(iter([*ordered, *words.values()]), "")

    def text(self, texts: Iterable[Texts], name: str) -> str:
        """The first that says something: of the language that is imported, else of the shop's own, else of any; of
        this shop, else of all. What another shop says is not looked at."""
        own = [one for one in texts if one.shop in (0, self.shop)]
        ordered = [one for language in self.languages for one in own if one.language == language]
        for one in [*ordered, *own]:
            found: str = getattr(one, name)
            if found.strip():
                return found
        return ""

    def require(self) -> None:
        """Raises `ShopUnusable` where something must be decided first."""
        if self.problems:
            raise ShopUnusable(
                " ".join(problem.text for problem in self.problems), " ".join(problem.cure for problem in self.problems)
            )
        if self.questions:
            raise ShopUnusable(
                " ".join(question.question for question in self.questions),
                " ".join(
                    f"Set {question.setting} to one of: {', '.join(word for word, _ in question.choices)}."
                    for question in self.questions
                ),
            )
