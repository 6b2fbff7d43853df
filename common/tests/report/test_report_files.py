"""report.json and report.html: whole, valid, small in memory, and harmless whatever a shop's names are."""

from __future__ import annotations

import json
import os
import re
import tracemalloc
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from gateway_importer.redaction import SECRETS
from gateway_importer.report.files import write_report
from gateway_importer.report.json_report import json_chunks
from gateway_importer.report.model import HostTraffic, NoticeRow, Outcome, OutcomeRow, Report, SampleRow
from gateway_importer.report.page import page_chunks, safe_link
from made_up_reports import facts, failure, report, row

SIX_WORDS = {"created", "updated", "unchanged", "archived", "skipped", "failed"}
SECRET = 'kq7/+Zażółć&tajne"klucz'


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(SECRETS, "_forms", list(SECRETS._forms))
    SECRETS.add(SECRET)
    return SECRET


def as_json(made: Report) -> dict[str, Any]:
    written: dict[str, Any] = json.loads("".join(json_chunks(made)))
    return written


def as_page(made: Report) -> str:
    return "".join(page_chunks(made))


class Page(HTMLParser):
    """A page's tags, links and visible text, as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


MIXED = [
    *(row(number, Outcome.CREATED) for number in range(5)),
    row(10, Outcome.UPDATED),
    row(11, Outcome.UNCHANGED),
    row(12, Outcome.ARCHIVED, rule="disabled"),
    row(13, Outcome.SKIPPED, rule="draft"),
    row(14, Outcome.SKIPPED, rule="draft"),
    row(15, Outcome.SKIPPED, rule="virtual", detail="a voucher"),
    failure(16, page_url="https://laka.example/16"),
    failure(17, code="currency", cause="Its price is in EUR.", cure="Set CURRENCY_RATES."),
]


def test_the_counts_of_the_json_are_those_of_its_lists() -> None:
    written = as_json(report(MIXED, [NoticeRow("1", "Kubek", "gtin_invalid", "wrong digit")]))
    assert set(written["outcomes"]) == SIX_WORDS
    for word, count in written["outcomes"].items():
        assert count == sum(1 for product in written["products"] if product["outcome"] == word)
    assert written["outcomes"]["failed"] == len(written["failures"]) == 2
    assert written["outcomes"]["skipped"] == len(written["skipped"]) == sum(written["skipped_by_rule"].values())
    assert written["skipped_by_rule"] == {"draft": 2, "virtual": 1}
    assert written["outcomes"]["archived"] == len(written["archived"]) == 1
    assert written["notices_by_code"] == {"gtin_invalid": 1}
    assert written["warnings"] == []


def test_every_failure_in_the_json_has_its_cause_and_its_cure() -> None:
    assert as_json(report(MIXED))["failures"][0] == {
        "product": "16",
        "name": "Kubek nr 16",
        "code": "no_name",
        "cause": "It has no name in any language.",
        "cure": "Give it a name in the shop.",
        "page_url": "https://laka.example/16",
        "detail": "",
    }


def test_the_report_says_how_much_longer_the_run_took_than_what_it_had_to_wait_for() -> None:
    shop = HostTraffic("shop", "https://laka.example", {"products": 13}, 0, 0, 0, 1, 1, floor=80.0)
    gateway = HostTraffic("Gateway", "https://gateway.example", {"product": 612}, 0, 0, 0, 1, 1, floor=12.0)
    told = as_json(report(MIXED, traffic=(gateway, shop)))
    assert told["run"]["overlap"] == {"ratio": 1.15, "slowest": "shop", "floor_seconds": 80.0}
    assert "1.15 times the longest of them (shop)" in as_page(report(MIXED, traffic=(gateway, shop)))
    assert as_json(report(MIXED, traffic=()))["run"]["overlap"] is None


def test_requests_are_told_by_host_and_for_each_product() -> None:
    hosts = as_json(report([row(number, Outcome.CREATED) for number in range(100)]))["requests"]
    assert hosts["shop"]["total"] == 1853
    assert hosts["shop"]["by_kind"] == {"products": 13, "picture": 1840}
    assert hosts["shop"]["per_product"] == 18.53
    assert (hosts["Gateway"]["refused"], hosts["Gateway"]["lost"]) == (3, 1)


def test_two_hosts_of_one_name_are_both_told() -> None:
    traffic = facts().traffic
    assert len(as_json(report(MIXED, traffic=(*traffic, traffic[0])))["requests"]) == 3


def test_counts_that_are_not_those_of_the_rows_are_said_and_not_hidden() -> None:
    made = report(MIXED, counts={Outcome.CREATED: 6, Outcome.FAILED: 2})
    sentence = "The run counted 6 products as created, but 5 are listed."
    assert sentence in as_json(made)["warnings"]
    assert sentence in as_page(made)


def test_the_json_of_an_empty_run_is_valid() -> None:
    written = as_json(report([], totals={}, traffic=(), shop=()))
    assert written["outcomes"] == dict.fromkeys(SIX_WORDS, 0)
    assert written["failures"] == written["products"] == written["samples"] == []


@pytest.mark.parametrize(
    "odd",
    [
        "half \ud83d a smile",
        "\x00\x01\x1b[31m\x7f\x85",
        "\u2028\u2029",
        'quote " and \\ back',
        "\ufeff\uffff",
        "\U0001f600",
    ],
)
def test_odd_strings_anywhere_leave_both_reports_valid(odd: str, tmp_path: Path) -> None:
    made = report(
        [failure(odd, odd, code=odd, cause=odd, cure=odd, page_url=odd), row(odd, Outcome.SKIPPED, odd, rule=odd)],
        [NoticeRow(odd, odd, odd, odd)],
        [SampleRow(odd, odd, Outcome.CREATED, odd)],
        shop_name=odd, shop=((odd, odd),), totals={odd: 1}, warnings=(odd,), audit=((odd, 1),), error=odd,
    )  # fmt: skip
    page, data = write_report(made, tmp_path)
    written = json.loads(data.read_text("utf-8"))
    assert len(written["failures"]) == 1
    shown = page.read_text("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)


def test_no_secret_reaches_either_report_in_any_form(secret: str, tmp_path: Path) -> None:
    address = "https://laka.example/api?ws_key=kq7%2F%2BZa%C5%BC%C3%B3%C5%82%C4%87%26tajne%22klucz"
    said = f"refused with {secret} at {address}"
    made = report(
        [failure(secret, said, code=secret, cause=said, cure=said, page_url=address, detail=said)],
        [NoticeRow("1", said, "code", said)],
        [SampleRow("1", said, Outcome.CREATED, json.dumps({"desc": said, secret: 1}))],
        warnings=(said,), error=said, shop=((secret, said),), shop_name=said, audit=((secret, 1),),
    )  # fmt: skip
    for path in write_report(made, tmp_path):
        text = path.read_text("utf-8")
        for form in (
            secret,
            secret[4:-6],
            "kq7%2F%2BZa",
            "tajne&quot;klucz",
            "tajne&#34;klucz",
            'tajne\\"klucz',
        ):
            assert form not in text
        assert "[hidden]" in text


def test_a_samples_payload_keeps_its_amounts_to_the_last_digit() -> None:
    payload = '{"net": 48.7723577235772358, "list": [0.10]}'
    text = "".join(json_chunks(report([], samples=[SampleRow("1", "Kubek", Outcome.CREATED, payload)])))
    assert "48.7723577235772358" in text
    assert json.loads(text)["samples"][0]["payload"]["list"] == [0.10]


def test_a_payload_that_is_no_json_is_kept_as_text() -> None:
    written = as_json(report([], samples=[SampleRow("1", "Kubek", Outcome.CREATED, "{not json")]))
    assert written["samples"][0]["payload"] == "{not json"


def test_a_script_in_a_name_is_only_text() -> None:
    script = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    made = report(
        [
            failure(1, script, cause=script, cure=f"`{script}`", code=script, detail=script),
            row(2, Outcome.SKIPPED, script, rule=script, detail=script),
        ],
        [NoticeRow("3", script, script, script)],
        [SampleRow("4", script, Outcome.CREATED, script)],
        shop_name=script, shop=((script, script),), warnings=(script,), error=script,
    )  # fmt: skip
    page = Page(as_page(made))
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert script in page.text


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "//other.example/x", "file:///etc/passwd", "http://", "https://[",
     "JAVASCRIPT:alert(1)", " javascript:x", "https://laka.example@evil.example/", "ftp://x.example", ""],
)  # fmt: skip
def test_only_http_addresses_become_links(address: str) -> None:
    assert safe_link(address) == ""
    made = as_page(report([failure(1, page_url=address)]))
    assert set(Page(made).links) == {"report.json"}


def test_a_product_links_to_its_page_in_the_shop() -> None:
    address = 'https://laka.example/1?a=b&c="d"'
    assert address in Page(as_page(report([failure(1, page_url=address)]))).links


def test_the_page_asks_for_nothing_from_outside() -> None:
    page = as_page(report(MIXED))
    assert not re.search(r"(?:src|@import|url\()\s*[=(]", page)
    assert {"link", "img", "iframe", "object"}.isdisjoint(Page(page).tags)


def test_a_cure_is_said_once_for_all_products_of_a_cause() -> None:
    page = as_page(report([failure(number) for number in range(7)]))
    assert page.count("Give it a name in the shop.") == 1
    assert page.count("It has no name in any language.") == 1
    assert "7 products" in page


def test_causes_that_differ_are_said_product_by_product() -> None:
    page = as_page(
        report([failure(number, code="gateway_refused", cause=f"Field {number} is wrong.") for number in "ab"])
    )
    assert "Field a is wrong." in page
    assert "Field b is wrong." in page
    assert page.count("Give it a name in the shop.") == 1


def test_failures_come_before_everything_else_that_is_listed() -> None:
    text = Page(
        as_page(report(MIXED, [NoticeRow("1", "Kubek", "gtin_invalid", "wrong digit")], warnings=("Mind this.",)))
    ).text
    places = [
        text.index(part)
        for part in ("no name in any", "Mind this.", "Unfinished in the shop", "Worth knowing", "Requests")
    ]
    assert places == sorted(places)


def test_a_long_list_is_cut_and_says_where_the_rest_is() -> None:
    page = Page(as_page(report([failure(number) for number in range(1250)])))
    assert "and 1,050 more: see report.json" in " ".join(page.text.split())
    assert page.text.count("Kubek nr") == 200


def test_cures_that_name_each_product_do_not_make_a_group_for_each() -> None:
    made = report([failure(number, cure=f"Rename product {number}.") for number in range(3000)])
    page = as_page(made)
    assert page.count("<section") <= 61
    assert "Other reasons" in page
    assert "Rename product 100." in page


def test_the_report_of_a_preview_shows_what_would_be_sent() -> None:
    sample = SampleRow("7", "Kubek", Outcome.CREATED, '{\n  "sku": "K-7"\n}')
    text = Page(as_page(report(MIXED, samples=[sample], command="preview"))).text
    assert '"sku": "K-7"' in text
    assert "would be created" in text
    assert "What would fail, and what to do" in text


def test_a_comparison_that_does_not_agree_is_said() -> None:
    page = as_page(report(MIXED, audit=(("missing at the Gateway", 3),), audit_agrees=False))
    assert "They do not agree" in page
    assert "Missing at the Gateway" in page


def large_report(products: int) -> Report:
    shares = {
        Outcome.CREATED: products * 3 // 5,
        Outcome.FAILED: products // 5,
        Outcome.SKIPPED: products // 5,
    }

    def outcomes(outcome: Outcome) -> Iterator[OutcomeRow]:
        for number in range(shares.get(outcome, 0)):
            if outcome is Outcome.FAILED:
                cause, cure = f"Variant {number} is wrong. " + "x" * 300, f"Mend variant {number}."
                yield OutcomeRow(str(number), "Kubek", outcome, "wrong", cause, cure)
            else:
                yield OutcomeRow(str(number), "Kubek", outcome, rule="draft")

    return Report(
        facts=facts(shares),
        outcomes=outcomes,
        notices=lambda: (NoticeRow(str(number), "Kubek", "gtin_invalid", "no GTIN") for number in range(5000)),
    )


def test_a_large_shop_takes_little_memory_and_makes_a_small_page(tmp_path: Path) -> None:
    made = large_report(25_000)  # 60,000 rows are read, as the lists and the counts read them anew
    write_report(report(MIXED), tmp_path)  # what is made once is made before it is measured
    tracemalloc.start()
    try:
        page, data = write_report(made, tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000, f"{peak:,} bytes"
    assert page.stat().st_size < 1_500_000
    with data.open() as file:
        assert sum(1 for line in file if line.startswith('    {"product"')) == 40_000


def test_a_report_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    page, data = write_report(report(MIXED), tmp_path)
    before = page.read_bytes(), data.read_bytes()
    asked = 0

    def breaking(outcome: Outcome) -> Iterator[OutcomeRow]:
        nonlocal asked
        asked += 1
        if asked > len(Outcome):  # the first pass only counts
            raise OSError("the disk is gone")
        return iter(())

    with pytest.raises(OSError, match="the disk is gone"):
        write_report(Report(facts=facts(), outcomes=breaking, notices=lambda: iter(())), tmp_path)
    assert (page.read_bytes(), data.read_bytes()) == before
    assert sorted(os.listdir(tmp_path)) == ["report.html", "report.json"]
