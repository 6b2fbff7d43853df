"""The first draft of a column map: what each column may mean, by its header and its values, with the values that led
to it. Every guess carries a question mark until a person takes it away; what a person wrote stays."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from stdnum import ean

from feeds_family.cells import Cell, Number, Table, said
from feeds_family.ceneo import folded
from feeds_family.columns import AMOUNTS, HEADER_ROW, MapLine, by_number
from feeds_family.numbers import COMMA, POINT, WHOLE, NotANumber, decimal_sign, money

LOOKED_AT = 5000  # rows
SHOWN = 60  # characters of an example
EXAMPLES = 5
MANY = 10  # rows that say something
GROSZ = Decimal("0.01")
GONE = "the table has no such column now: delete the line, or ask for the column"
#: Words of a header, folded, and what such a column may mean; the first that fits is proposed.
WORDS = """
ignore: pozycja, wyswietlany, lp, l p
gross: cena brutto, price brutto, brutto, price gross, gross, gross price, cena detaliczna, cena sprzedazy
    brutto, retail price
net: cena netto, price netto, netto, price net, net, net price, cena sprzedazy netto
sale: cena promocyjna, promocja, sale price, cena po rabacie
price: cena, price
vat: vat, stawka vat, stawka, tax, podatek, vat rate, tax rate, podatek vat
stock: stan, ilosc, stock, quantity, stan magazynowy, dostepna ilosc, qty, sztuk, stock level, ilosc w
    magazynie, stan mag, stany
warehouse: magazyn, sklep, warehouse, oddzial, lokalizacja
gtin: ean, kod kreskowy, gtin, ean13, isbn, kod ean, barcode
parent: id nadrzedny, parent, parent sku, parent id, rodzic
group: item group id, grupa, model, id grupy
id: id, product id, id produktu, identyfikator, symbol, kod, kod produktu, product code, numer
sku: sku, indeks, index, symbol, kod, kod producenta, reference, numer katalogowy
name: nazwa, name, title, tytul, nazwa produktu, nazwa towaru, product name, towar
category: kategoria, category, kategorie, kategorie x y z, dzial, categories, grupa towarowa
brand: producent, marka, brand, manufacturer, producer, wytworca
brief: opis krotki, krotki opis, short description, skrot
description: opis, description, opis produktu, dlugi opis, opis dlugi, long description
image: zdjecia, zdjecie, images, image, obraz, obrazek, img, foto, image link, image url
url: url, link, adres, adres strony
weight: waga, weight, waga kg
size: rozmiar, size
color: kolor, color, colour, barwa
currency: waluta, currency
active: aktywny, active, widoczny, status
"""
SYNONYMS: Sequence[tuple[str, Sequence[str]]] = [
    (meaning, [" ".join(name.split()) for name in names.split(",")])
    for meaning, names in re.findall(r"^(\w+): ((?:.|\n    )+)$", WORDS, re.MULTILINE)
]


@dataclass(frozen=True, slots=True)
class Guess:
    meaning: str
    why: str


@dataclass(slots=True)
class Column:
    """What was seen of a column."""

    header: str
    position: int
    values: list[Cell]

    @property
    def texts(self) -> list[str]:
        return [text for value in self.values if (text := said(value))]

    @property
    def examples(self) -> str:
        return " | ".join(_cut(text) for text in list(dict.fromkeys(self.texts[:200]))[:EXAMPLES])


def draft(table: Table, before: Sequence[MapLine]) -> list[MapLine]:
    """The lines of a new map; what `before` says of a column stays as it is."""
    kept = {line.column: line for line in before}
    header, columns = _look(table, kept.get(HEADER_ROW))
    lines: list[MapLine] = []
    if (known := kept.get(HEADER_ROW)) is not None:
        lines.append(known)
    else:
        why = (
            "the first row has words where the others have numbers" if header else "the first row looks like the others"
        )
        lines.append(MapLine(HEADER_ROW, f"{header or 'none'} ?", "", "", why))
    names = Counter(column.header for column in columns)
    pairs = _net_and_gross(columns)
    taken: set[str] = {word for line in kept.values() for word in line.meaning.rstrip("? ").split("+")}
    for column in columns:
        name = column.header if column.header and names[column.header] == 1 else by_number(column.position)
        if (known := kept.get(name)) is not None:
            lines.append(MapLine(name, known.meaning, known.decimal, known.example or column.examples, known.why))
            continue
        guess = pairs.get(column.position) or _guess(column, taken)
        taken.add(guess.meaning)
        sign, why = _sign(column, guess.meaning)
        meaning = f"{guess.meaning} ?" if guess.meaning else ""
        lines.append(MapLine(name, meaning, sign, column.examples, "; ".join(one for one in (guess.why, why) if one)))
    named = {line.column for line in lines}
    gone = [line for line in before if line.column not in named and line.meaning]
    return [*lines, *(MapLine(one.column, one.meaning, one.decimal, one.example, GONE) for one in gone)]


def _look(table: Table, known: MapLine | None) -> tuple[int, list[Column]]:
    """The number of the row with the headers (0: none), and the columns."""
    rows: list[tuple[int, Sequence[Cell]]] = []
    for number, cells in table.lines():
        rows.append((number, cells))
        if len(rows) > LOOKED_AT:
            break
    header = _header_of(rows)
    if known is not None:
        word = known.meaning.rstrip("? ").strip().lower()
        header = int(word) if word.isdecimal() else 0
    body = [cells for number, cells in rows if number > header]
    names = next((cells for number, cells in rows if number >= header), ()) if header else ()
    width = max((len(cells) for cells in (*body, names)), default=0)
    columns = [
        Column(
            " ".join(said(names[place]).split()) if place < len(names) else "",
            place,
            [cells[place] for cells in body if place < len(cells)],
        )
        for place in range(width)
    ]
    return header, [one for one in columns if one.header or one.texts]


def _header_of(rows: Sequence[tuple[int, Sequence[Cell]]]) -> int:
    """The first of the first rows in which every cell is a word and no number, and that is as wide as the others."""
    if not rows:
        return 0
    width = Counter(len([cell for cell in cells if said(cell)]) for _, cells in rows).most_common(1)[0][0]
    for number, cells in rows[:10]:
        filled = [cell for cell in cells if said(cell)]
        if len(filled) < width * 0.6:
            continue
        words = all(not isinstance(cell, Number) and not any(c.isdigit() for c in said(cell)[:3]) for cell in filled)
        return number if words else 0
    return 0


def _net_and_gross(columns: Sequence[Column]) -> dict[int, Guess]:
    """Two columns of prices without a header that says so, one of which is the other with VAT."""
    amounts = {one.position: _amounts(one) for one in columns if not _named(one)}
    for net, low in amounts.items():
        for gross, high in amounts.items():
            both = [(a, b) for a, b in zip(low, high, strict=False) if a and b]
            fits = [rate for a, b in both for rate in (23, 8, 5) if abs(a * (100 + rate) / 100 - b) <= GROSZ]
            if net != gross and len(both) >= MANY and len(fits) > 0.9 * len(both):
                rate, count = Counter(fits).most_common(1)[0]
                why = f"in {count} of {len(both)} rows one column is the other with VAT of {rate} %"
                return {net: Guess("net", why), gross: Guess("gross", why)}
    return {}


def _amounts(column: Column) -> list[Decimal | None]:
    """The cells as numbers, by the one decimal sign that they show; none where they show none, or both."""
    signs = {decimal_sign(text) for text in column.texts} & {POINT, COMMA}
    if len(signs) != 1:
        return []
    found: list[Decimal | None] = []
    for value in column.values:
        try:
            found.append(Decimal(money(said(value), next(iter(signs)))[0]))
        except NotANumber:
            found.append(None)
    return found


def _named(column: Column) -> bool:
    return next(_by_header(column.header), None) is not None


def _guess(column: Column, taken: set[str]) -> Guess:
    for guess in (*_by_header(column.header), *_by_values(column)):
        if guess.meaning not in taken or guess.meaning in {"image", "category", "ignore"}:
            return guess
    return Guess("", "nothing was recognised; an empty meaning leaves the column out")


def _by_header(header: str) -> Iterator[Guess]:
    word = re.sub(r"[^a-z0-9 ]+", " ", folded(header))
    word = " ".join(word.split())
    bare = re.sub(r"( \d+| pln| zl| szt)+$", "", word)
    for meaning, names in SYNONYMS:
        if word in names or bare in names:
            yield Guess(meaning, f"its header is '{header}'")


def _by_values(column: Column) -> Iterator[Guess]:
    texts = column.texts
    if not texts:
        return
    codes = sum(1 for text in texts if text.isdecimal() and len(text) in {8, 12, 13, 14} and ean.is_valid(text))
    if codes > 0.5 * len(texts):
        yield Guess("gtin", f"{codes} of {len(texts)} values are right codes (EAN, GTIN)")
    pictures = sum(1 for text in texts if re.match(r"https?://\S+\.(jpe?g|png|webp|gif)", text, re.IGNORECASE))
    if pictures > 0.5 * len(texts):
        yield Guess("image", f"{pictures} of {len(texts)} values are addresses of pictures")
    addresses = sum(1 for text in texts if text.startswith(("http://", "https://")))
    if addresses > 0.5 * len(texts):
        yield Guess("url", f"{addresses} of {len(texts)} values are addresses")
    if column.header or len(texts) < MANY:
        return
    if len(set(texts)) == len(texts) and all(re.fullmatch(r"[\w-]{1,20}", text) for text in texts):
        yield Guess("id", f"its {len(texts)} values are short, and none comes twice: {', '.join(texts[:3])}")
    wordy = sum(1 for text in texts if " " in text and sum(c.isalpha() for c in text) > 0.5 * len(text))
    if wordy > 0.8 * len(texts) and len(set(texts)) > 0.5 * len(texts):
        yield Guess("name", f"{wordy} of {len(texts)} values are words, such as {_cut(texts[0])}")


def _sign(column: Column, meaning: str) -> tuple[str, str]:
    """The decimal sign that a column's cells show, as a guess; empty where none shows it beyond doubt."""
    if meaning not in AMOUNTS and meaning:
        return "", ""
    seen: Mapping[str | None, int] = Counter(
        decimal_sign(said(value)) for value in column.values if said(value) and not isinstance(value, Number)
    )
    signs = {sign: count for sign, count in seen.items() if sign in {POINT, COMMA}}
    if not meaning and (seen.get(None) or not signs):
        return "", ""  # not a column of numbers
    if len(signs) > 1:
        return "", f"cells with both decimal signs: {signs['.']} with a point, {signs[',']} with a comma"
    if signs:
        sign, count = next(iter(signs.items()))
        example = next(said(value) for value in column.values if decimal_sign(said(value)) == sign)
        return f"{sign} ?", f"{count} cells show the decimal sign, such as {example}"
    if seen.get(""):
        example = next(said(value) for value in column.values if decimal_sign(said(value)) == "")
        return "", f"every cell with a sign can be read in two ways, such as {example}: ask the merchant, write . or ,"
    return (f"{WHOLE} ?", "whole numbers only") if seen.get(WHOLE) else ("", "")


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SHOWN else flat[: SHOWN - 1] + "…"
