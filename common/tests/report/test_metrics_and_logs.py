"""What a machine reads of a run: metrics, and one JSON object a line."""

from __future__ import annotations

import json
import logging
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from urllib.request import urlopen

import pytest
from gateway_importer import logs
from gateway_importer.errors import InputError
from gateway_importer.http import Http, Limits
from gateway_importer.redaction import SECRETS
from gateway_importer.report.metrics import Metered, serve
from gateway_importer.report.model import Outcome, Report, RunFacts
from gateway_importer.report.terminal import Lines, observer_for
from gateway_importer.settings import deadline, listen

BEGUN = datetime(2026, 11, 25, 2, 15, tzinfo=UTC)


def report() -> Report:
    facts = RunFacts(
        run=7, command="import", platform="Made-up", program="x", started=BEGUN, ended=BEGUN + timedelta(seconds=90),
        state="complete", exit_code=1, gateway="http://g", shop_guid="s", shop_name="n", shop=(),
        counts={Outcome.UNCHANGED: 40, Outcome.FAILED: 2}, totals={}, traffic=(),
    )  # fmt: skip
    return Report(facts, lambda _: iter(()), lambda: iter(()))


def test_a_run_is_scraped_while_it_goes_on_and_leaves_a_file_at_its_end(tmp_path: Path) -> None:
    http = Http(user_agent="x")
    host = http.host("shop", "http://shop.example", Limits(concurrency=2, per_second=5))
    metered = Metered(Lines(StringIO()), platform="made-up", shop="0f8f")
    metered.started(products=3, hosts=[host])
    host.traffic.requests["page"] += 4
    host.traffic.refused += 1
    metered.product(Outcome.CREATED)
    metered.product(Outcome.FAILED)
    metered.image(500)
    stop = serve(metered.registry, ("127.0.0.1", port := free_port()))
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            scraped = answer.read().decode()
        with pytest.raises(InputError, match="METRICS_LISTEN"):
            serve(metered.registry, ("127.0.0.1", port))
    finally:
        stop()
    shop = 'platform="made-up",shop="0f8f"'
    assert f'gateway_importer_products_total{{outcome="created",{shop}}} 1.0' in scraped
    assert f'gateway_importer_requests_total{{host="shop",kind="page",{shop}}} 4.0' in scraped
    assert f'gateway_importer_refused_total{{host="shop",{shop}}} 1.0' in scraped
    assert f'gateway_importer_allowed_per_second{{host="shop",{shop}}} 5.0' in scraped
    assert f"gateway_importer_image_bytes_total{{{shop}}} 500.0" in scraped
    metered.finish(report(), tmp_path / "deep" / "shop.prom")
    left = (tmp_path / "deep" / "shop.prom").read_text("utf-8")
    assert f"gateway_importer_run_exit_code{{{shop}}} 1.0" in left
    assert f"gateway_importer_run_seconds{{{shop}}} 90.0" in left
    assert f'gateway_importer_run_products{{outcome="unchanged",{shop}}} 40.0' in left


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    yield
    logs.set_up("warning", "text")


def test_each_line_for_a_machine_says_which_shop_run_and_product_and_holds_no_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up("info", "json", shop="0f8f", platform="made-up")
    logs.CONTEXT["run"] = "7"
    SECRETS.add('se"cret\\key')
    log = logging.getLogger("gateway_importer.pipeline.line")
    log.info("Żółta\nkoszulka: failed", extra={"product": "12", "outcome": "failed", "code": "no_price"})
    try:
        raise ValueError('it was se"cret\\key')
    except ValueError:
        log.exception("trouble")
    observer_for(sys.stderr).say("half done")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["message"] for line in lines] == ["Żółta\nkoszulka: failed", "trouble", "half done"]
    assert all((line["shop"], line["run"]) == ("0f8f", "7") for line in lines)
    assert (lines[0]["product"], lines[0]["code"], lines[0]["level"]) == ("12", "no_price", "info")
    assert "ValueError" in lines[1]["traceback"] and lines[1]["traceback"].endswith("it was [hidden]")
    assert datetime.fromisoformat(lines[0]["time"]).tzinfo is not None


def test_lines_for_a_person_say_it_too_and_what_is_said_stays_plain(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", "text", shop="0f8f")
    logging.getLogger("gateway_importer.x").warning("odd", extra={"product": "12"})
    logs.say("Stopping")
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("WARNING gateway_importer.x [shop=0f8f product=12] odd") and second == "Stopping"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("4h", timedelta(hours=4)),
        ("90m", timedelta(minutes=90)),
        ("1h30m", timedelta(minutes=90)),
        ("2026-11-25T05:30+01:00", datetime(2026, 11, 25, 4, 30, tzinfo=UTC)),
    ],
)
def test_a_deadline_is_a_time_span_or_a_moment(given: str, meant: object) -> None:
    assert deadline(given) == meant


@pytest.mark.parametrize("given", ["", "soon", "2026-11-25T05:30", "h", "5"])
def test_a_deadline_without_a_unit_or_a_zone_is_explained(given: str) -> None:
    with pytest.raises(ValueError, match="write how long"):
        deadline(given)


def test_where_to_listen_is_this_machine_unless_said() -> None:
    assert listen("9464") == ("127.0.0.1", 9464) and listen("0.0.0.0:9464") == ("0.0.0.0", 9464)
    for wrong in ("", "host", "host:0", "1:99999"):
        with pytest.raises(ValueError, match="write a port"):
            listen(wrong)
