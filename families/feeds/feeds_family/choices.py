"""What a person decided, from the settings of a run: how files are read, and what they leave unsaid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway_importer.catalog import Vat
from gateway_importer.errors import InputError
from gateway_importer.options import SHOP_GUID, STATE_FOLDER
from gateway_importer.settings import Setting, Values

from feeds_family import settings as of
from feeds_family.ceneo import folded
from feeds_family.conditions import REFUSE, VAT_WORDS, Conditions
from feeds_family.grouping import GROUP, NONE, ORDER, PARENT, PATTERN, Grouping
from feeds_family.places import Place
from feeds_family.reading import Manner, Opened
from feeds_family.refusals import NotUsable
from feeds_family.settings import Questions
from feeds_family.sniffing import Format

FOLDER = "feeds"
MAPS = ("columns.csv", "columns-second.csv")


@dataclass(frozen=True, slots=True)
class Places:
    first: Place
    second: Place | None


class Choices:
    """The settings of one run. Raises `InputError` where two of them contradict each other."""

    def __init__(self, values: Values, questions: Questions, ready: tuple[str, ...] = ()) -> None:
        self._values = values
        self.places = Places(values[questions.source], values.get(questions.second))
        word = values[of.FORMAT]
        price = values.get(of.PRICE_IS)
        self.manner = Manner(
            format=None if word == of.AUTO else Format(word),
            encoding=values.get(of.ENCODING),
            separator=values.get(of.SEPARATOR),
            sheet=values.get(of.SHEET),
            html_entities=values[of.HTML_ENTITIES] == of.REPLACE,
            map=values.get(of.COLUMN_MAP) or self.state / MAPS[0],
            net=None if price is None else price == of.NET,
            options=frozenset(folded(name) for name in values[of.OPTION_ATTRIBUTES]),
            category_separator=values[of.CATEGORY_SEPARATOR],
            image_separator=values.get(of.IMAGE_SEPARATOR),
            ready=ready,
        )
        self.second_manner = replace(
            self.manner,
            format=None,
            sheet=None,
            separator=None,
            map=values.get(of.SECOND_COLUMN_MAP) or self.state / MAPS[1],
        )
        if values.get(of.VARIANT_RULE) == PATTERN and values.get(of.VARIANT_PATTERN) is None:
            raise InputError("VARIANT_RULE=pattern needs VARIANT_PATTERN.", "Set it, or choose another rule.")

    @property
    def state(self) -> Path:
        """The shop's own folder under the state folder."""
        return self._values[STATE_FOLDER] / self._values[SHOP_GUID]

    @property
    def folder(self) -> Path:
        return self.state / FOLDER

    def conditions(self, now: datetime, rule: str = NONE) -> Conditions:
        """`rule` is the one by which rows are variants."""
        values = self._values
        vat_words: dict[str, Vat] = dict(VAT_WORDS)
        own: tuple[tuple[str, Vat], ...] | None = values.get(of.VAT_WORDS)
        vat_words.update(own or ())
        return Conditions(
            now=now,
            vat_default=values.get(of.VAT_DEFAULT),
            vat_by_category=values.get(of.VAT_BY_CATEGORY) or (),
            vat_words=vat_words,
            vat_from_prices=values[of.VAT_FROM_PRICES],
            unknown_stock=values.get(of.UNKNOWN_STOCK) or REFUSE,
            currency=values[of.CURRENCY],
            image_base=values.get(of.IMAGE_BASE_URL) or "",
            title_option=values.get(of.TITLE_OPTION) or "",
            heads=rule in {PARENT, ORDER},
        )

    def rule(self, found: Opened) -> str | None:
        """The rule by which rows are variants; None where somebody has to say it."""
        given = self._values.get(of.VARIANT_RULE)
        if given is not None:
            if (
                given == GROUP
                and found.columns is not None
                and not (found.columns.has("group") or found.columns.has("parent"))
            ):
                raise NotUsable(
                    "VARIANT_RULE=item_group_id needs a column that means `group`", "Map one, or choose another rule."
                )
            if given == PARENT and found.columns is not None and not found.columns.has("parent"):
                raise NotUsable("VARIANT_RULE=parent_column needs a column that means `parent`", "Map one.")
            return given
        if found.format.google or (found.columns is not None and found.columns.has("group")):
            return GROUP
        if found.columns is not None and found.columns.has("parent"):
            return PARENT
        return None

    def grouping(self, found: Opened) -> Grouping:
        return Grouping(self.rule(found) or NONE, self._values.get(of.VARIANT_PATTERN))

    def given(self, setting: Setting[Any]) -> bool:
        """Whether somebody decided a setting."""
        return self._values.given(setting)
