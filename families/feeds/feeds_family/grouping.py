"""Which rows are variants of one product, by the rule that a person chose. Never by price, picture or likeness."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from feeds_family.wire import OptionCell, Row, Wrong

NONE, GROUP, PARENT, ORDER, PATTERN, URL = (
    "none", "item_group_id", "parent_column", "row_order", "pattern", "url_without_query",
)  # fmt: skip
#: The rules, and what each means for whoever chooses.
RULES = {
    NONE: "every row is a product of its own",
    GROUP: "rows with the same group id are variants of one product",
    PARENT: "a row that names another one as its parent is a variant of it, and the parent itself is none",
    ORDER: "rows without an id belong to the row above them that has one",
    PATTERN: "a pattern with named parts takes the symbol apart (VARIANT_PATTERN)",
    URL: "rows with the same address, but for what follows '?', are variants of one product",
}
ROLES = {"size": "size", "color": "color"}
PRODUCT = "product"  # the part of a pattern that names the product


def pattern(value: str) -> re.Pattern[str]:
    """A pattern for symbols, such as ``(?P<product>\\d+)-(?P<color>\\d+)-(?P<size>\\w+)``. Raises ValueError."""
    try:
        found = re.compile(value.strip())
    except re.error as problem:
        raise ValueError(f"it is no regular expression ({problem})") from None
    if PRODUCT not in found.groupindex or len(found.groupindex) < 2:
        raise ValueError("it needs the named part (?P<product>…) and at least one more, such as (?P<size>…)")
    return found


@dataclass(slots=True)
class Grouping:
    """Assigns one row after another, in the file's order. `unmatched` counts rows that the pattern does not fit."""

    rule: str
    pattern: re.Pattern[str] | None = None
    unmatched: int = 0
    example: str = ""
    _last: str = ""

    def assigned(self, row: Row) -> tuple[Row, str]:
        """The row, with what its rule says of it, and the id of its product."""
        if self.rule == ORDER:
            return self._by_order(row)
        if not row.id:
            number = row.place.rpartition(" ")[2]
            wrong = Wrong("id", f"{row.place}, id", "", "is empty", "Give it an id of its own in the shop.")
            row = msgspec.structs.replace(row, id=f"row-{number}", wrong=(*row.wrong, wrong))
        if self.rule in {GROUP, PARENT}:
            return row, row.group or row.id
        if self.rule == PATTERN and self.pattern is not None:
            return self._by_pattern(row, self.pattern)
        if self.rule == URL and (address := bare_address(row.url)):
            return msgspec.structs.replace(row, group=address), address
        return msgspec.structs.replace(row, group=""), row.id

    def _by_order(self, row: Row) -> tuple[Row, str]:
        if row.id:
            self._last = row.id
            return msgspec.structs.replace(row, group=""), row.id
        number = row.place.rpartition(" ")[2]
        if not self._last:
            why = "is empty, and there is no row above it to which it could belong"
            wrong = Wrong("id", f"{row.place}, id", "", why, "Give the row an id.")
            return msgspec.structs.replace(row, id=f"row-{number}", wrong=(*row.wrong, wrong)), f"row-{number}"
        told = "-".join(cell.value for cell in row.options)
        identity = row.sku or (f"{self._last}/{told}" if told else "")
        if not identity:
            why = "has neither a symbol nor an option, so that it cannot be known again"
            wrong = Wrong("option", row.place, "", why, "Map the column with the variant's symbol, size or colour.")
            row = msgspec.structs.replace(row, wrong=(*row.wrong, wrong))
        return msgspec.structs.replace(row, id=identity or f"row-{number}", group=self._last), self._last

    def _by_pattern(self, row: Row, fits: re.Pattern[str]) -> tuple[Row, str]:
        symbol = row.sku or row.id
        found = fits.fullmatch(symbol)
        if found is None or not found[PRODUCT]:
            self.unmatched += 1
            self.example = self.example or symbol
            return msgspec.structs.replace(row, group=""), row.id
        named = {cell.name for cell in row.options} | {cell.role for cell in row.options}
        cells = tuple(
            OptionCell(name.replace("_", " "), value, ROLES.get(name, ""))
            for name, value in found.groupdict().items()
            if name != PRODUCT and value and name not in named
        )
        product = found[PRODUCT]
        return msgspec.structs.replace(row, group=product, options=(*row.options, *cells)), product


def bare_address(url: str) -> str:
    """A product card's address without its scheme and without what chooses a variant on it."""
    _, sign, rest = url.partition("://")
    host, slash, path = rest.partition("#")[0].partition("?")[0].partition("/")
    return f"{host.lower()}{slash}{path}".rstrip("/") if sign and host else ""
