"""The words that every form of a report shares: numbers and times as people say them, text made safe to show,
and what an exit code means."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from gateway_importer.catalog import SkipRule
from gateway_importer.errors import ExitCode
from gateway_importer.redaction import SECRETS

# Half characters cannot be written as UTF-8, though a vendor's JSON can spell them (\ud83d alone).
_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")
# Control characters could steer a terminal, or a reader's eye (the marks that turn the direction of text).
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")

EXIT_MEANINGS = {
    ExitCode.WELL: "All is well.",
    ExitCode.SOME_FAILED: "The run is done, but some products failed.",
    ExitCode.INPUT: "An answer, a setting or a key is missing or wrong.",
    ExitCode.UNREACHABLE: "The run was stopped, or one of the two sides could not be reached.",
    ExitCode.ACTIVE: "Another run of the same shop is under way.",
    ExitCode.LEDGER: "The ledger in the state folder cannot be used for this shop.",
    ExitCode.HELD_BACK: "The run held back, because going on could have doubled or archived a shop.",
    ExitCode.DEADLINE: "The time that the run was given is over; the next run goes on from there.",
    ExitCode.BUG: "A fault in this program. Please send the report to those who maintain it.",
}

COMMAND_TITLES = {
    "import": "Import",
    "import --plan": "Import by a plan",
    "preview": "Preview",
    "retry": "Second try",
    "undo": "Taking back",
}

CODE_TITLES = {
    "price_differs": "The shop shows another price than its own settings give",
    "price_computed": "The shop told no price of its own, so that it was computed",
    "gtin_invalid": "The barcode (GTIN) is not a valid one",
    "variant_left_out": "A variant was left out",
    "stock_unknown": "The shop did not say how much is in stock",
    "no_picture": "No picture",
    "gateway_refused": "The Gateway refused them",
    "gateway_silent": "The Gateway did not answer",
    "shop_error": "The shop answered with an error",
    "shop_silent": "The shop did not answer",
    "unreadable": "The shop's answer could not be understood",
    "internal": "A fault in this program",
}
"""Headings in plain words for common codes of failures and notices; any other code is shown as its own words."""

_RULES = {rule.word: rule.meaning for rule in SkipRule}


def exit_meaning(code: int) -> str:
    return EXIT_MEANINGS.get(code, "The program was ended from outside.")


def rule_meaning(word: str) -> str:
    """What a rule's word means, for a person; the word itself where it is not one of the closed list."""
    return _RULES.get(word, titled(word)) if word else ""


def cleaned(text: str) -> str:
    """`text` without secrets, and such that it can be written as UTF-8."""
    text = SECRETS.redact(text)
    return text if text.isascii() else _HALF_CHARACTERS.sub("\ufffd", text)


def printable(text: str) -> str:
    """`cleaned`, and without characters that do something instead of showing something."""
    return cleaned(_CONTROLS.sub("\ufffd", text.replace("\r\n", "\n")))


def one_line(text: str, longest: int | None = None) -> str:
    """`printable` on one line, cut to `longest` characters."""
    line = " ".join(printable(text).split())
    if longest is not None and len(line) > longest:
        return line[: longest - 1].rstrip() + "…"
    return line


def titled(code: str) -> str:
    """A short stable word as a heading: ``price_differs`` becomes ``Price differs``."""
    # Cleaned first: a secret with other letters in it would no longer be known as one.
    words = cleaned(code).replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def code_title(code: str) -> str:
    return CODE_TITLES.get(code, titled(code))


def money(amount: Decimal) -> str:
    return f"{amount:,.2f} zł"


def share(was: Decimal, now: Decimal) -> str:
    """By how much a price moved: ``+20 %``, ``-0.4 %``."""
    if not was:
        return "new"
    moved = (now - was) * 100 / was
    return f"{moved:+.1f} %" if abs(moved) < 10 else f"{moved:+,.0f} %"


def number(value: int) -> str:
    return f"{value:,}"


def counted(value: int, noun: str, plural: str = "") -> str:
    """``1 product``, ``2 products``."""
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


def size(count: int) -> str:
    """Bytes as people read them."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def duration(seconds: float) -> str:
    """``9 s``, ``3 min 05 s``, ``2 h 07 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} {when.tzname() or ''}".rstrip()


def total_shown(key: str, value: int) -> tuple[str, str]:
    """A total's key and number as label and text: ``image_bytes`` is a size, all others are counts."""
    label = cleaned(key).replace("_", " ").strip()
    if label.endswith(" bytes"):
        return label.removesuffix("bytes") + "data", size(value)
    return label, number(value)
