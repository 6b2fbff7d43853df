"""All rules, in the order in which READMEs list them."""

from __future__ import annotations

from gateway_importer.testing.conformance.goods_rules import (
    CATEGORIES,
    DATES,
    JOINING,
    LANGUAGES,
    NUMBERS,
    OUTCOMES,
    PICTURES,
    PRICES,
    REDUCED,
    STOCK,
    TEXTS,
    VARIANTS,
    VAT,
)
from gateway_importer.testing.conformance.judging import Rule
from gateway_importer.testing.conformance.rerun_rules import ARCHIVING, CHANGES, PAGING, RERUN, RESUMING, SAME
from gateway_importer.testing.conformance.trouble_rules import (
    ANSWERS,
    CREDENTIALS,
    LIMITS,
    PROMISED,
    PROVEN,
    SECRETS,
    TROUBLES,
)

RULES: tuple[Rule, ...] = (
    OUTCOMES, PRICES, REDUCED, VAT, STOCK, VARIANTS, JOINING, PICTURES, CATEGORIES, TEXTS, LANGUAGES, NUMBERS, PAGING,
    RERUN, SAME, CHANGES, ARCHIVING, RESUMING, ANSWERS, CREDENTIALS, TROUBLES, LIMITS, PROMISED, DATES, SECRETS, PROVEN,
)  # fmt: skip
