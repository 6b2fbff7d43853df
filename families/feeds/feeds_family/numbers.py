"""Amounts as people and programs write them. Where a text can be read in two ways it is read in none."""

from __future__ import annotations

import re
from decimal import Decimal

POINT, COMMA, WHOLE = ".", ",", "none"
SPACES = re.compile("[\\s\u00a0\u202f\u2009']")
TORN = re.compile(r"\d (?=\d)(?!\d{3}(?!\d))|\d{4} \d")  # a blank between digits that parts no thousands
PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
WORD = r"[A-Z]{3}|zł|zl|€|\$|£"
CURRENCY = re.compile(rf"(?P<before>{WORD})?\s*(?P<number>[^A-Za-zł€$£]*)\s*(?P<after>{WORD})?\.?", re.IGNORECASE)
SIGNS = {"zł": "PLN", "zl": "PLN", "€": "EUR", "$": "USD", "£": "GBP"}
MOST_DIGITS = 18
USUAL = re.compile(r"(0|[1-9]\d{0,8})(\.\d{1,4})?")  # as nearly every amount is written


class NotANumber(ValueError):
    """Why a text is no amount, as the end of a sentence that begins with the text."""


def amount(text: str, decimal: str) -> str:
    """A cell of a column whose decimal sign is known (`POINT`, `COMMA`, or `WHOLE` for whole numbers), as a number with
    a point. Raises `NotANumber`."""
    bare = _without_blanks(text)
    if decimal == WHOLE:
        if not re.fullmatch(r"[+-]?\d+", bare):
            raise NotANumber("is no whole number")
        return _checked(bare)
    other = COMMA if decimal == POINT else POINT
    whole, sign, fraction = bare.partition(decimal)
    if other in whole:
        if not sign:
            raise NotANumber(f"may be read in two ways in a column with '{decimal}' as its decimal sign")
        if not re.fullmatch(rf"[+-]?\d{{1,3}}(\{other}\d{{3}})+", whole):
            raise NotANumber("has thousands in groups that are not of three digits")
        whole = whole.replace(other, "")
    if other in fraction or decimal in fraction:
        raise NotANumber("is no number")
    return _checked(f"{whole}.{fraction}" if sign else whole)


def feed_amount(text: str) -> str:
    """An amount of a format that has a rule of its own (a decimal point), as careless exporters write it too. Raises
    `NotANumber`."""
    if USUAL.fullmatch(text):
        return text
    bare = _without_blanks(text)
    marks = re.findall("[.,]", bare)
    if not marks:
        return _checked(bare)
    last = marks[-1]
    other = COMMA if last == POINT else POINT
    if other in marks:
        return amount(bare, last)
    if len(marks) > 1:
        raise NotANumber("is no number, or has no decimal sign that can be told")
    whole, _, fraction = bare.partition(last)
    if last == COMMA and len(fraction) == 3 and re.fullmatch(r"[+-]?[1-9]\d{0,2}", whole):
        raise NotANumber("may be read in two ways: a thousand, or one with decimals")
    return _checked(f"{whole}.{fraction}")


def money(text: str, decimal: str | None = None) -> tuple[str, str]:
    """An amount and its currency (ISO 4217, ``""`` where none is written). Raises `NotANumber`."""
    if decimal is None and USUAL.fullmatch(text):
        return text, ""
    found = CURRENCY.fullmatch(text.strip())
    if found is None:
        raise NotANumber("is no price")
    before, after = found["before"] or "", found["after"] or ""
    if before and after and _iso(before) != _iso(after):
        raise NotANumber("names two currencies")
    number = found["number"].strip()
    if not number:
        raise NotANumber("is no price")
    read = feed_amount(number) if decimal is None else amount(number, decimal)
    return read, _iso(before or after)


def decimal_sign(text: str) -> str | None:
    """The decimal sign that a text shows beyond doubt; `WHOLE` for a whole number, ``""`` where it may be either, None
    where it is no number."""
    found = CURRENCY.fullmatch(text.strip())
    bare = SPACES.sub("", found["number"]) if found is not None else ""
    if re.fullmatch(r"[+-]?\d+", bare):
        return WHOLE
    marks = re.findall("[.,]", bare)
    if not marks or not re.fullmatch(r"[+-]?[\d.,]+", bare) or not any(c.isdigit() for c in bare):
        return None
    if len(set(marks)) == 2:
        return str(marks[-1])
    if len(marks) > 1:
        return COMMA if marks[0] == POINT else POINT
    whole, _, fraction = bare.partition(marks[0])
    if len(fraction) == 3 and re.fullmatch(r"[+-]?[1-9]\d{0,2}", whole):
        return ""
    return str(marks[0])


def canonical(value: float | Decimal) -> str:
    """A number of a workbook's cell as it would be shown: binary dust beyond fifteen digits is none of the cell's."""
    return f"{Decimal(format(value, '.15g')):f}" if isinstance(value, float) else f"{Decimal(value):f}"


def _without_blanks(text: str) -> str:
    """Blanks may part thousands; elsewhere they part two numbers, or stand for a sign (``49 99``)."""
    even = SPACES.sub(" ", text.strip())
    if TORN.search(even):
        raise NotANumber("has blanks that part no thousands")
    return even.replace(" ", "")


def _iso(word: str) -> str:
    return SIGNS.get(word.lower(), word.upper())


def _checked(text: str) -> str:
    if not PLAIN.fullmatch(text):
        raise NotANumber("is no number")
    if sum(c.isdigit() for c in text) > MOST_DIGITS:
        raise NotANumber("has more digits than any price or stock")
    return f"{Decimal(text):f}"
