"""What happens to a merchant's texts on their way to the marketplace."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from gateway_importer.texts import clean_name, one_line, plain_text, safe_html
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SHOP = "https://shop.example/sklep/produkt.html"

FRAGMENTS = (
    "<p>", "</p>", "<div>", "</div>", "<b>", "</b>", "<i>", "<ul>", "<li>", "</ul>", "<table>", "<tr>", "<td>",
    "</table>", "<a href='javascript:alert(1)'>", "<a href=\"java\x01script:alert(1)\">", "<a href=' JAVASCRIPT:x'>",
    "<a href='/x?a=1&b=2'>", "</a>", "<img src=x onerror=alert(1)>", "<img src='data:image/png;base64,AA'>",
    "<script>alert(1)</script>", "<script>", "<style>p{}</style>", "<svg><p onload=x>", "<math><mtext>", "<iframe src=x>",
    "<!-- c -->", "<!--", "-->", "<![CDATA[", "]]>", "<pre>\n\n", "</pre>", "&nbsp;", "&oacute;", "&lt;script&gt;",
    "&#106;avascript:", "&#1;", "&amp;amp;", "\x00", "\ud800", "\xa0", " ", "\n", "ż", "<", ">", '"', "'", "/", "=",
    "onclick=", "<p onclick='x'>", "<template>", "<select><option>", "<noscript><p title='</noscript><img src=x>'>",
    "<textarea>", "<title>", "<form><form>", "<h1>", "</h2>", "<dl><dt>", "<font color=red>", "<br>", "</br>", "<hr>",
)  # fmt: skip
soup = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=4)), max_size=25).map("".join)


class Attributes(HTMLParser):
    """Collects tags and attributes as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.found: list[tuple[str, str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.found += [(tag, name, value or "") for name, value in attrs]


def cleaned(html: str) -> str:
    return safe_html(html, base_url=SHOP)


# --- safe HTML -----------------------------------------------------------------------------------------------


@given(soup)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_comes_in_nothing_that_runs_comes_out_and_cleaning_again_changes_nothing(html: str) -> None:
    result = cleaned(html)
    seen = Attributes(result)
    assert not {"script", "style", "iframe", "svg", "math", "form", "template"} & set(seen.tags), result
    assert "<script" not in result.lower() and "<!--" not in result
    for tag, name, value in seen.found:
        assert not name.startswith("on"), (tag, name, value)
        assert name != "style"
        if name in {"href", "src"}:
            assert value.startswith(("http://", "https://", "mailto:")), (tag, name, value)
            assert "javascript:" not in value.lower().split("/", 1)[0]
    assert cleaned(result) == result
    result.encode()


@given(st.text(max_size=200))
@settings(max_examples=50, deadline=None)
def test_any_text_at_all_can_be_cleaned(text: str) -> None:
    assert cleaned(cleaned(text)) == cleaned(text)
    plain_text(text).encode()
    clean_name(text).encode()


def test_what_structures_a_description_is_kept() -> None:
    html = (
        "<h2>Opis</h2><p>Koszulka <strong>bawełniana</strong>,<br>100%</p><ul><li>prać w 30°C</li></ul>"
        '<table><tbody><tr><td colspan="2">M</td><td></td></tr></tbody></table>'
    )
    assert cleaned(html) == html


def test_scripts_styles_frames_comments_and_handlers_go_with_their_content() -> None:
    html = (
        "<p onclick='x()' style='color:red' class='a'>A</p><script>alert(1)</script><style>p{color:red}</style>"
        "<iframe src='https://video.example'>old browser</iframe><!-- note --><!--[if mso]>Word<![endif]-->"
    )
    assert cleaned(html) == "<p>A</p>"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/img/a.jpg", "https://shop.example/img/a.jpg"),
        ("img/a.jpg", "https://shop.example/sklep/img/a.jpg"),
        ("//cdn.example/a.jpg", "https://cdn.example/a.jpg"),
        ("http://other.example/a.jpg", "http://other.example/a.jpg"),
    ],
)
def test_relative_pictures_and_links_become_absolute(address: str, expected: str) -> None:
    assert cleaned(f'<img src="{address}" alt="A">') == f'<img src="{expected}" alt="A">'
    assert f'href="{expected}"' in cleaned(f'<a href="{address}">A</a>')


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "java\tscript:x", "java&#10;script:x", "data:text/html,x", "vbscript:x", "#", "",
                "http://[", "ftp://x/y"],
)  # fmt: skip
def test_links_and_pictures_that_lead_nowhere_safe_are_unwrapped(address: str) -> None:
    assert cleaned(f'<p><a href="{address}">słowa</a><img src="{address}"></p>') == "<p>słowa</p>"


def test_mail_addresses_stay_links_but_are_no_pictures() -> None:
    assert 'href="mailto:a@shop.example"' in cleaned('<a href="mailto:a@shop.example">A</a>')
    assert cleaned('<p>x<img src="mailto:a@shop.example"></p>') == "<p>x</p>"


def test_entities_become_characters_and_markup_in_text_stays_text() -> None:
    assert cleaned("<p>Krzes&#322;o&nbsp;d&oacute;&hellip; &lt;b&gt; &amp; co</p>") == (
        "<p>Krzesło\xa0dó… &lt;b&gt; &amp; co</p>"
    )


def test_control_characters_go_even_where_an_entity_hides_them() -> None:
    assert cleaned("<p>a\x00b\x0bc&#2;d\ufeffe\ud800f</p>") == "<p>abcdef</p>"


def test_empty_blocks_go_and_still_part_the_words_around_them() -> None:
    assert cleaned("<p>a</p><p>&nbsp;</p><p><br></p><div><p> </p></div><p>b</p>") == "<p>a</p> <p>b</p>"
    assert cleaned("a<p></p>b") == "a b"


def test_blank_inline_elements_keep_the_blank() -> None:
    assert cleaned("<b>a</b><i> </i><b>c</b><b></b>") == "<b>a</b><i> </i><b>c</b>"


def test_a_description_with_an_inlined_picture_of_megabytes_keeps_its_words() -> None:
    html = '<p>przed</p><img src="data:image/png;base64,' + "A" * 3_000_000 + '"><p>po</p>'
    assert cleaned(html) == "<p>przed</p><p>po</p>"


PATHOLOGICAL = {
    "deep": "<div>" * 400_000,
    "unclosed formatting": "<b></p>" * 200_000,
    "misnested": "<b><p></b>" * 200_000,
    "fonts in paragraphs": "".join(f"<font color={i}>" for i in range(1000)) + "<p>x" * 60_000,
    "tables in tables": "<table><tr><td>" * 20_000,
    "no end of a tag": "<a" * 1_000_000,
    "no end of a comment": "<!--" * 500_000,
    "angle brackets": "<" * 2_000_000,
    "inlined data without end": "<img src='data:" * 150_000,
    "line breaks": "\n" * 4_000_000,
}


@pytest.mark.parametrize("html", PATHOLOGICAL.values(), ids=PATHOLOGICAL.keys())
def test_megabytes_made_to_hurt_a_parser_take_little_time(html: str) -> None:
    started = time.process_time()
    cleaned(html)
    assert time.process_time() - started < 5


def test_a_thousand_open_spans_do_not_cost_the_words_within() -> None:
    assert plain_text("<span>" * 1000 + "słowa" + "</span>" * 1000 + " dalej") == "słowa dalej"


# --- plain text ----------------------------------------------------------------------------------------------


def test_blocks_become_lines_and_list_items_get_dashes() -> None:
    html = (
        "<h1>Koszulka</h1><p>Bawe&#322;na &amp;\n len<br>100%</p><ul><li>pra&cacute; w 30&deg;</li><li><p>nie "
        "wybiela\u0107</p></li><li></li></ul><table><tr><td>Rozmiar</td><td>M</td></tr></table>"
    )
    assert plain_text(html) == ("Koszulka\nBawełna & len\n100%\n- prać w 30°\n- nie wybielać\nRozmiar M")


def test_text_without_markup_stays_as_it_is() -> None:
    assert plain_text("5 < 6 & 7 > 6") == "5 < 6 & 7 > 6"


@given(soup)
@settings(max_examples=40, deadline=None)
def test_plain_text_never_raises_and_is_tidy(html: str) -> None:
    text = plain_text(html)
    assert text == text.strip()
    assert "\n\n" not in text and "  " not in text


@given(soup, st.integers(min_value=0, max_value=40))
@settings(max_examples=40, deadline=None)
def test_a_brief_is_one_line_within_its_limit(html: str, limit: int) -> None:
    line = one_line(html, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1


def test_a_brief_is_cut_between_words() -> None:
    assert one_line("<p>Koszulka bawełniana,</p><p>czarna</p>", 21) == "Koszulka bawełniana…"
    assert one_line("<p>Koszulka</p><p>czarna</p>", 100) == "Koszulka czarna"
    assert one_line("Konstantynopolitańczykowianeczka", 10) == "Konstanty…"


# --- names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Monitor 24&quot; &amp; kabel", 'Monitor 24" & kabel'),
        ("&amp;quot;", "&quot;"),
        ("AT&T", "AT&T"),
        ("R&copy", "R&copy"),
        ("Krzes&#322;o\t  d&#x119;bowe\xa0", "Krzesło dębowe"),
        ("a\x00b\u0085c", "abc"),
        ("<b>x</b>", "<b>x</b>"),
        ("&nosuchentity;", "&nosuchentity;"),
    ],
)
def test_names_read_as_a_customer_reads_them(text: str, expected: str) -> None:
    assert clean_name(text) == expected
