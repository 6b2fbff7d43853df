"""What was decided, each with some rows as they come out by it: a person sees a wrong choice first."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_importer.catalog import Counted, Price, VatRate

from feeds_family.conditions import Conditions
from feeds_family.generation import Generation
from feeds_family.grouping import RULES
from feeds_family.mapping import page_of
from feeds_family.prices import Unpriced, price_of, vat_of
from feeds_family.stock import NoStock, is_unknown, stock_of
from feeds_family.wire import Row

LOOKED_AT = 2000  # products among which examples are looked for
EACH = 2  # examples of a choice
NAME = 40  # characters


def examples(made: Generation, conditions: Conditions) -> Iterator[tuple[str, str]]:
    """Label and text, for people."""
    priced: list[str] = []
    stocked: list[str] = []
    varied: list[str] = []
    for head, _ in zip(made.shelf.heads(), range(LOOKED_AT), strict=False):
        rows = made.members(head)
        first = rows[0]
        if len(priced) < EACH and (said := _price(first, conditions)):
            priced.append(said)
        if len(stocked) < EACH and is_unknown(first) and (said := _stock(first, conditions)):
            stocked.append(said)
        if len(varied) < EACH and len(rows) > 1:
            varied += _variants(made.product(head), rows, conditions)
        if len(priced) == len(varied) == EACH and (len(stocked) == EACH or not made.survey.unknown_stock):
            break
    for said in priced:
        yield "Price, for example", said
    for said in stocked:
        yield "Stock, for example", said
    yield "Variants", f"{made.grouping.rule}: {RULES[made.grouping.rule]}"
    for said in varied:
        yield "Variants, for example", said


def _price(row: Row, conditions: Conditions) -> str:
    try:
        price: Price = price_of(row, conditions)
        _, by = vat_of(row, conditions)
    except Unpriced:
        return ""
    file = f"{row.gross} (gross)" if row.gross else f"{row.net} (net)"
    rate = f"VAT {price.vat.percent:f} % by {by}" if isinstance(price.vat, VatRate) else f"no rate of VAT, by {by}"
    return f"{row.id}, {row.name[:NAME]}: {file} in the file becomes {price.gross} {price.currency} with {rate}"


def _stock(row: Row, conditions: Conditions) -> str:
    try:
        level = stock_of(row, conditions).level
    except NoStock:
        return f"{row.id}, {row.name[:NAME]}: available, without a number: it is not imported"
    number = f"{level.quantity:f}" if isinstance(level, Counted) else "left out"
    return f"{row.id}, {row.name[:NAME]}: available, without a number: stock {number}"


def _variants(product: str, rows: list[Row], conditions: Conditions) -> list[str]:
    page = page_of(product, rows, conditions)
    return [
        f"{one.source_id}, {one.name[:NAME]}: "
        + "; ".join(
            ", ".join(f"{option.name} {option.value}" for option in variant.options)
            or f"{variant.source_id} without options"
            for variant in one.variants[:4]
        )
        + (f" and {len(one.variants) - 4} more" if len(one.variants) > 4 else "")
        for one in page.products
    ]
