"""What a file leaves unsaid and only a person can say, asked once it is known that it matters."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_importer.source import OpenQuestion

from feeds_family.choices import Choices
from feeds_family.conditions import NOTHING, REFUSE
from feeds_family.generation import Generation
from feeds_family.grouping import NONE, PATTERN, RULES, URL
from feeds_family.settings import GROSS, NET, PRICE_IS, SHOP_NAME, UNKNOWN_STOCK, VARIANT_RULE, VAT_DEFAULT


def open_questions(made: Generation, choices: Choices) -> Iterator[OpenQuestion]:
    """The questions that nobody has answered yet."""
    survey, table = made.survey, made.opened.format.table
    if not survey.host and not choices.given(SHOP_NAME):
        yield OpenQuestion(
            SHOP_NAME.name,
            "What is the shop called, in a word that stays (such as its host)?",
            (("shop.example", "any word; the ledger belongs to it, so that it must be the same in every run"),),
            "The file names no address of a product page.",
        )
    if made.opened.asks_price and not choices.given(PRICE_IS):
        yield OpenQuestion(
            PRICE_IS.name,
            "Are the prices with VAT or without?",
            ((GROSS, "with VAT, as a customer pays them"), (NET, "without VAT")),
            "A column is mapped to `price`, and tables have no rule for that.",
            closed=True,
        )
    if survey.without_vat and not choices.given(VAT_DEFAULT):
        yield OpenQuestion(
            VAT_DEFAULT.name,
            "Which VAT have goods of which nothing says any?",
            (
                ("23", "or 8, 5, 0: that rate for all of them (VAT_BY_CATEGORY for some first)"),
                ("zw", "exempt"),
                (REFUSE, "they are not imported"),
            ),
            f"{survey.without_vat} of {survey.rows} rows say no VAT; price-comparison feeds never do.",
        )
    if survey.unknown_stock and not choices.given(UNKNOWN_STOCK):
        yield OpenQuestion(
            UNKNOWN_STOCK.name,
            "How many are there of goods that are only said to be available?",
            (
                ("1", "or another number: so many of each"),
                (NOTHING, "stock is left out, and stays as it is at the Gateway"),
                (REFUSE, "such goods are not imported"),
            ),
            f"{survey.unknown_stock} of {survey.rows} rows can be had, and say no number.",
        )
    if choices.rule(made.opened) is None:
        rules = (NONE, URL, PATTERN) if not table else tuple(RULES)
        yield OpenQuestion(
            VARIANT_RULE.name,
            "Which rows are variants of one product?",
            tuple((word, RULES[word]) for word in rules if word in RULES),
            "This format has no sign of its own for variants.",
            closed=True,
        )
