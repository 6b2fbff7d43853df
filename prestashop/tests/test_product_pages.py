"""The real program holds what it brought in against the product pages of the shop."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from catalogue import recorded_catalogue
from shop_settings import Fault, LoggedRequest
from staging import Stage, stage

RECORDED_AT = "2026-11-23T14:00:00+01:00"  # the day of the recording, for prices with dates
FORMS: tuple[Literal["json-ld", "microdata"], ...] = ("json-ld", "microdata")


@pytest.fixture
async def imported(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(recorded_catalogue(), tmp_path, lag=0.0) as staged:
        staged.shop.settings.now = datetime.fromisoformat(RECORDED_AT)
        await staged.program(NOW=RECORDED_AT).run()
        staged.shop.requests.clear()
        staged.sandbox.requests.clear()
        yield staged


def proof(staged: Stage) -> dict[tuple[str, str], dict[str, Any]]:
    """What verify.json says of each variant, by the shop's ids of product and variant."""
    found = json.loads((staged.folder / "verify.json").read_text("utf-8"))
    return {(row["product"], row["variant"]): row for row in found["variants"]}


def of(rows: dict[tuple[str, str], dict[str, Any]], verdict: str) -> set[str]:
    return {product for (product, _), row in rows.items() if row["verdict"] == verdict}


async def test_every_page_agrees_or_differs_for_a_known_reason(imported: Stage) -> None:
    """In both forms that PrestaShop's own theme has had, with no key sent along, and without a write."""
    for form in FORMS:
        imported.shop.settings.page_form = form
        ended = await imported.program(NOW=RECORDED_AT, VERIFY_PRODUCTS="all").run("verify")
        assert ended.code == 0, ended.out + ended.err
        rows = proof(imported)
        assert set(rows) == set(imported.held())
        # Reduced today (7, 8, 9, 11, 15, 18, 40 and a shirt), or sold beyond the stock (two shirts, 33).
        assert of(rows, "explained") == {"2", "7", "8", "9", "11", "15", "18", "33", "40"}
        assert {row["verdict"] for row in rows.values()} == {"agrees", "explained"}
        (reduced,) = (one for one in rows[("7", "")]["compared"] if one["what"] == "price")
        assert (reduced["gateway"], reduced["page"]) == ("100.00 zł", "80.00 zł") and "PRICE=regular" in reduced["why"]
        assert {one["what"] for one in rows[("1", "")]["compared"]} == {"price", "currency", "availability", "GTIN"}
        # Each combination by its own page.
        prices = {variant: rows[("2", variant)]["compared"][0]["page"] for variant in "1234"}
        assert prices == {"1": "50.00 zł", "2": "54.00 zł", "3": "45.00 zł", "4": "50.00 zł"}
        assert "SWIECA-200" in ended.out and "123.00 zł" in ended.out and "differ for a known reason" in ended.out
    pages = [one for one in imported.shop.requests if one.path.endswith((".html", "index.php"))]
    assert len(pages) > 100 and not any(one.with_key for one in pages)
    assert any(one.with_key for one in imported.shop.requests)
    assert all(one.user_agent.startswith("gateway-importer/") for one in pages)
    assert imported.writes() == []


async def test_what_differs_what_moved_and_what_cannot_be_read(imported: Stage) -> None:
    def page_of(product: int) -> Any:
        def matches(request: LoggedRequest) -> bool:
            return request.path.startswith(f"/pl/home/{product}-")

        return matches

    shop = imported.shop
    shop.settings.page_prices = {3: Decimal("8.88")}  # a module that the webservice knows nothing of
    shop.catalogue.products[4]["price"] = "20.000000"
    shop.catalogue.products[43]["active"] = "0"
    del shop.catalogue.products[44]
    shop.settings.faults += [
        Fault("status", status=403, times=-1, matches=page_of(45)),
        Fault("reset", times=-1, matches=page_of(46)),
        Fault("html", times=-1, matches=page_of(47)),
    ]
    ended = await imported.program(NOW=RECORDED_AT, VERIFY_PRODUCTS="all", TRIES="1").run("verify")
    rows = proof(imported)
    assert ended.code == 1 and of(rows, "differs") == {"3"}, ended.out + ended.err
    (line,) = (line for line in ended.out.splitlines() if line.startswith("3 "))
    assert "9.99 zł" in line and "8.88 zł" in line and "1 DIFFER" in ended.out
    assert "changed at the shop since" in rows[("4", "")]["compared"][0]["why"]
    told = {product: rows[(product, "")]["why"] for product in of(rows, "not compared")}
    assert told.keys() == {"43", "44", "45", "46", "47"}
    assert "switched off in the shop" in told["43"] and "does not know it any more" in told["44"]
    assert "answers 403" in told["45"] and "does not answer" in told["46"] and "no product for machines" in told["47"]
    assert "it has left the shop since it was imported: 2" in ended.out
