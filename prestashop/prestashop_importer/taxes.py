"""The tables of VAT, as typed structures. Names are PrestaShop's own (the `$definition` of the class of each)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from prestashop_importer.answers import Row
from prestashop_importer.wire import Reader


@dataclass(frozen=True, slots=True)
class TaxRule:
    """`behavior`: 0 only this tax, 1 taxes are added up, 2 one after another."""

    id: int
    id_tax_rules_group: int
    id_country: int
    id_state: int
    everywhere: bool  # not for a range of post codes
    id_tax: int
    behavior: int

    @classmethod
    def read(cls, row: Row) -> TaxRule:
        reader = Reader(row, "tax_rule")
        return cls(
            reader.whole("id"),
            reader.whole("id_tax_rules_group"),
            reader.whole("id_country"),
            reader.whole("id_state"),
            all(reader.text(end).strip() in {"", "0"} for end in ("zipcode_from", "zipcode_to")),
            reader.whole("id_tax"),
            reader.whole("behavior"),
        )


@dataclass(frozen=True, slots=True)
class Tax:
    """`rate` in percent."""

    id: int
    rate: Decimal

    @classmethod
    def read(cls, row: Row) -> Tax:
        reader = Reader(row, "tax")
        return cls(reader.whole("id"), reader.amount("rate"))


@dataclass(frozen=True, slots=True)
class TaxRuleGroup:
    """What products name as their tax rule; one that is switched off is 0 %."""

    id: int
    active: bool

    @classmethod
    def read(cls, row: Row) -> TaxRuleGroup:
        reader = Reader(row, "tax_rule_group")
        return cls(reader.whole("id"), reader.flag("active", True))
