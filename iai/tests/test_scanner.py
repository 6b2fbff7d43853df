"""Products are found where they are, whatever stands in their texts, and wherever a piece of the file ends."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iai_importer import scanner
from iai_importer.scanner import Cut, NotWhole, cuts
from iai_importer.tags import attributes

HEAD, TAIL = '<?xml version="1.0"?><offer><products>', "</products></offer>"
#: What may stand in a product without being one.
ODD = (
    "<name><![CDATA[ </product> <b>]] > > ]]></name>",
    "<!-- <product id='9'> -->",
    "<?php </product> ?>",
    '<bundled><product id="7" quantity="1"/><product id="8"><x/></product></bundled>',
    "<name a='>' b=\"/product>\"/>",
    "<product_value id='6'/><products_of_ours/>",
    "<iof:group id='5'/>",
    "ąę < 5".replace("<", "&lt;"),
)


def cut(tmp_path: Path, text: str) -> list[Cut]:
    path = tmp_path / "offer.xml"
    path.write_text(text, "utf-8")
    return list(cuts(path))


@pytest.mark.parametrize("piece", [1, 7, 64, 1024 * 1024])
def test_products_are_found_wherever_a_piece_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(scanner, "CHUNK", piece)
    texts = [f'<product id="{number}">{odd}</product>' for number, odd in enumerate(ODD, 401)]
    text = HEAD + "\n".join(texts) + TAIL
    found = cut(tmp_path, text)
    raw = text.encode()
    assert [raw[one.offset : one.offset + one.length].decode() for one in found] == texts
    assert [one.id for one in found] == [str(number) for number in range(401, 401 + len(ODD))]


@given(st.lists(st.lists(st.sampled_from(ODD), max_size=4), max_size=6), st.integers(1, 300))
def test_any_file_is_cut_into_its_products(
    tmp_path_factory: pytest.TempPathFactory, shape: list[list[str]], piece: int
) -> None:
    texts = [f"<product id='{number}' x='1'>{''.join(parts)}</product>" for number, parts in enumerate(shape)]
    text = HEAD + "".join(texts) + TAIL
    old, scanner.CHUNK = scanner.CHUNK, piece
    try:
        found = cut(tmp_path_factory.mktemp("offer"), text)
    finally:
        scanner.CHUNK = old
    raw = text.encode()
    assert [raw[one.offset : one.offset + one.length].decode() for one in found] == texts


def test_what_is_known_of_a_product_is_told_with_it(tmp_path: Path) -> None:
    text = (
        '<product id="401 " vat="23"><group id="400"><group_by_parameter id="1"/></group><category id="5" name="A/B"/>'
        '<iaiext:navigation><iaiext:item id="3" textid="X\\Y"/></iaiext:navigation></product>'
        "<iof:product removed='Yes' id='R&amp;2'/>"
    )
    first, second = cut(tmp_path, HEAD + text + TAIL)
    assert (first.id, first.group, first.removed) == ("401", "400", False)
    assert attributes(first.category) == {"id": "5", "name": "A/B"}
    assert [attributes(one) for one in first.menu] == [{"id": "3", "textid": "X\\Y"}]
    assert (second.id, second.group, second.removed) == ("R&2", None, True)


def test_a_text_without_an_end_swallows_the_next_product_which_is_told(tmp_path: Path) -> None:
    text = '<product id="1"><a><![CDATA[x</a></product>\n<product x="" id="2"><a><![CDATA[y]]></a></product><product id="3"/>'
    first, second = cut(tmp_path, HEAD + text + TAIL)
    assert (first.id, first.swallowed, second.id) == ("1", ("2",), "3")


def test_a_product_without_an_end_ends_where_the_next_one_begins(tmp_path: Path) -> None:
    text = '<product id="1"><a></a>\n<product id="2"/><product id="3"><bundled><product id="9"><b/></product></bundled>'
    text += '<product id="4"><bundled><product id="8"/></product><product id="5"><a></a>'
    found = cut(tmp_path, HEAD + text + TAIL)
    assert [one.id for one in found] == ["1", "2", "3", "4", "5"]
    raw = (HEAD + text + TAIL).encode()
    assert raw[found[0].offset : found[0].offset + found[0].length] == b'<product id="1"><a></a>\n'


@pytest.mark.parametrize(
    "broken",
    [
        '<product id="2" code_on_card="TV 55"" vat="23"><a b="c > d"/>',
        '<product id="2"><category id="5" name="TV 55""/>',
        '<product id="2" code_on_card="a<b" vat="23">',
    ],
)
def test_a_quote_too_many_costs_the_product_in_which_it_stands(tmp_path: Path, broken: str) -> None:
    texts = [
        '<product id="1"/>',
        f"{broken}</product>",
        '<product id="3"><a b="c > d"/></product>',
        '<product id="4"/>',
    ]
    found = cut(tmp_path, HEAD + "".join(texts) + TAIL)
    assert [one.id for one in found] == ["1", "2", "3", "4"]
    assert [one.length for one in found] == [len(text) for text in texts]


def test_an_id_is_the_tags_own_and_a_group_is_known_by_its_first_product_too(tmp_path: Path) -> None:
    text = """<product name='x id="9"' id="1"><group first_product_id="7" x="y"/></product><product xid="3" vat="5"/>"""
    first, second = cut(tmp_path, HEAD + text + TAIL)
    assert (first.id, first.group, second.id) == ("1", "7", "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('<product id="1"><bundled><product id="8"><b/></product><product id="2"><a/></product>', "bundle"),
        ('<product id="1"><bundled><product id="8"></product><product id="2"><bundled/></product>', "bundle"),
        ("</product>", "never began"),
        ('<product id="1"><a><![CDATA[ for ever', "has no end"),
        ("<!-- for ever", "has no end"),
    ],
)
def test_what_is_not_whole_between_products_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(NotWhole, match=why):
        cut(tmp_path, HEAD + text + TAIL)


def test_a_product_beyond_all_reason_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner, "LONGEST", 1000)
    monkeypatch.setattr(scanner, "CHUNK", 100)
    for text in ("<a/>" * 400, "<a><![CDATA[" + "x" * 2000 + "]]></a>"):
        with pytest.raises(NotWhole, match="longer than"):
            cut(tmp_path, f'{HEAD}<product id="1">{text}</product>{TAIL}')
