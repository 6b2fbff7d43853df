"""Which products of the made-up shop are broken on purpose, how, and what must be said of each when it fails."""

#: Product to the way in which it is broken, and the cause that must be told.
CASES: dict[int, tuple[str, str]] = {
    17: ("no tax", "no VAT rate, its tax group is 0"),
    58: ("foreign rate", "its VAT rate of 19 % is none of Poland's"),
    99: ("two taxes", "two taxes at once, 23 % and 5 %, make no Polish rate"),
    140: ("lost tax", "its tax rule points at tax 99, which does not exist"),
    181: ("word for price", "its price is not a number"),
    222: ("no name", "it has no name in any language"),
    263: ("combination twins", "two of its combinations have equal options"),
    304: ("combination lost value", "a combination names option value 9999, which does not exist"),
    345: ("negative price", "its price is negative"),
    386: ("fatal", "the shop answers 500 for it (PHP fatal)"),
    427: ("bad date", "a special price begins on 2026-13-45, which is no date"),
    468: ("absurd price", "its price of 10^12 is absurd"),
    509: ("combination below zero", "one of its combinations costs less than nothing"),
    550: ("combination word for impact", "a combination's price impact is not a number"),
}

#: Product to the cause alone.
BROKEN: dict[int, str] = {id_product: cause for id_product, (_, cause) in CASES.items()}
