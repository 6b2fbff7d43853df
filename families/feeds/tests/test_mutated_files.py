"""Files that were damaged at random: each is read or refused in words, and a product is in, skipped or failed once."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from feeds_family import generation
from feeds_family.choices import Choices
from feeds_family.mapping import page_of
from feeds_family.refusals import NotUsable
from feeds_family.settings import questions
from importing import DECIDED, columns, settings
from writers import Goods, atom, ceneo, google, table

GOODS = [
    Goods(
        f"{number}-{size}", f"Żółty kubek {number}, {size}", f"{number}.90", group=str(number), gtin="5901234123457", sku=f"K-{number}",
        description="<p>Opis &amp; więcej</p>", categories=["Dom > Kuchnia"], images=["https://i.example/a b.jpg", "/rel.jpg"],
        url=f"https://sklep.example/p/{number}?w={size}", options={"size": size}, sale="1.50", sale_from="2026-11-01T00:00+0100",
        sale_to="2026-12-01T00:00+0100", weight="0.4",
    )
    for number in range(1, 8) for size in "SM"
]  # fmt: skip
HEADERS = ("id", "nazwa", "cena", "vat", "ean", "stan", "zdjecia", "do")
CELLS = [
    {"id": one.id, "nazwa": one.name, "cena": one.price.replace(".", ","), "vat": "23", "ean": one.gtin, "stan": "5",
     "zdjecia": "|".join(one.images), "do": "30.11.2026"}
    for one in GOODS
]  # fmt: skip
PIECES = (b'"', b";", b"\t", b"\n", b"&", b"<", b"]]>", b"\0", b"1e5", b"-", b",", b"://", b"[", b"%", b"\xc5", b"NaN")


def damaged(chance: random.Random, content: bytes) -> bytes:
    body = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        place, what = chance.randrange(len(body) or 1), chance.random()
        if what < 0.4 and body:
            body[place] = chance.randrange(256)
        elif what < 0.6:
            del body[place : place + chance.randrange(1, 40)]
        elif what < 0.8:
            other = chance.randrange(len(body) or 1)
            body[place:place] = body[other : other + chance.randrange(1, 60)]
        elif what < 0.97:
            body[place:place] = chance.choice(PIECES)
        else:
            body = body[:place]
    return bytes(body)


def damage(folder: Path, times: int, seed: int) -> None:
    chance = random.Random(seed)
    path = columns(folder, "id=id nazwa=name cena=gross=, vat=vat ean=gtin stan=stock=none zdjecia=image do=sale_to")
    documents = [b"".join(one) for one in (ceneo(GOODS), google(GOODS), atom(GOODS), table(CELLS, HEADERS))]
    read = 0
    for number in range(times):
        file = folder / "file"
        file.write_bytes(damaged(chance, chance.choice(documents)))
        rule = chance.choice(("none", "item_group_id", "url_without_query"))
        more = {"COLUMN_MAP": str(path), "VARIANT_RULE": "none" if file.read_bytes()[:2] == b"id" else rule}
        choices = Choices(settings(folder, file, **{**DECIDED, **more}), questions("SHOP", "", first="a", second="b"))
        now = datetime.now(UTC)
        try:
            made = generation.read(file, folder, choices.manner, choices.conditions(now), choices.grouping, None)
        except NotUsable as refused:
            assert refused.why and refused.cure, f"seed {seed}, number {number}"
            continue
        read += 1
        generation.carry_over(made, None, now.date(), 14)
        conditions = choices.conditions(now, made.grouping.rule)
        for head in made.shelf.heads():
            page = page_of(made.product(head), made.members(head), conditions)
            assert len(page.products) + len(page.skipped) + len(page.failed) == 1, f"seed {seed}, number {number}"
        made.shelf.discard()
    assert read > times / 20


def test_a_damaged_file_is_read_or_refused_in_words(tmp_path: Path) -> None:
    damage(tmp_path, 150, 20_261_128)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_thousands_of_damaged_files_are_read_or_refused_in_words(tmp_path: Path) -> None:
    damage(tmp_path, 10_000, random.SystemRandom().randrange(1_000_000))
