"""The program as people meet it: prompts on a terminal and through a pipe, commands, exit codes, signals."""

import asyncio
import base64
import json
import os
import pty
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from catalogue import demo_catalogue
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Fault
from gateway_importer.testing.program import Program
from staging import stage

PRODUCTS = 12


def answering(program: Program, *answers: str) -> Program:
    return replace(program, answers=answers)


def with_environment(program: Program, more: Mapping[str, str]) -> Program:
    return replace(program, environment={**program.environment, **more})


# --- prompts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("position", "answer", "said"),
    [
        (0, "not base64!", "TOKEN_SIGNING_KEY"),
        (1, "4711", "SHOP_GUID"),
        (2, "ftp://shop.example", "PRESTASHOP_URL"),
        (3, "TOOSHORT", "PRESTASHOP_KEY"),
    ],
)
async def test_a_wrong_answer_in_a_pipe_ends_the_run_and_says_which(
    tmp_path: Path, position: int, answer: str, said: str
) -> None:
    async with stage(demo_catalogue(PRODUCTS), tmp_path) as staged:
        answers = [DEMO_SIGNING_KEY, DEMO_SHOP_GUID, staged.shop.url, staged.shop.key]
        answers[position] = answer
        ended = await answering(staged.program(), *answers).run()
        assert ended.code == 2
        assert said in ended.err and "What to do:" in ended.err
        assert not staged.sandbox.requests and not staged.shop.requests


async def test_a_pipe_that_ends_early_names_all_that_is_missing(tmp_path: Path) -> None:
    async with stage(demo_catalogue(PRODUCTS), tmp_path) as staged:
        ended = await answering(staged.program(), DEMO_SIGNING_KEY, DEMO_SHOP_GUID).run()
        assert ended.code == 2
        assert "PRESTASHOP_URL, PRESTASHOP_KEY" in ended.err


def on_a_terminal(program: Program, typed: list[tuple[str, str]], *arguments: str) -> tuple[int, str]:
    """Run it with a pseudo-terminal as its own; `typed` are prompts to wait for and what is typed then."""
    child, master = pty.fork()
    if child == 0:
        os.execve(sys.executable, [sys.executable, "-m", program.module, *arguments], program.full_environment())
    shown = b""
    pending = list(typed)
    deadline = time.monotonic() + 60
    answered_at = 0
    while time.monotonic() < deadline:
        try:
            piece = os.read(master, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if pending and pending[0][0].encode() in shown[answered_at:]:
            answered_at = len(shown)
            os.write(master, pending.pop(0)[1].encode() + b"\n")
    os.close(master)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode("utf-8", "replace")


async def test_on_a_terminal_secrets_are_hidden_and_wrong_answers_asked_again(tmp_path: Path) -> None:
    async with stage(demo_catalogue(PRODUCTS), tmp_path) as staged:
        typed = [
            ("Token signing key", DEMO_SIGNING_KEY),
            ("Shop guid", "4711"),
            ("Please try again", DEMO_SHOP_GUID),
            ("Address of the PrestaShop", staged.shop.url),
            ("Webservice key", staged.shop.key),
        ]
        program = with_environment(staged.program(), {"TERM": "xterm", "COLUMNS": "80"})
        code, shown = await asyncio.to_thread(on_a_terminal, program, typed)
        assert code in {0, 1}, shown
        assert staged.shop.key not in shown and DEMO_SIGNING_KEY not in shown
        assert "is not a guid" in shown and "products are in" in shown


# --- commands ------------------------------------------------------------------------------------------------


async def test_check_tells_everything_that_is_wrong_at_once_and_writes_nothing(tmp_path: Path) -> None:
    async with stage(demo_catalogue(PRODUCTS), tmp_path) as staged:
        wrong_key = base64.b64encode(b"another key than the shop's own").decode()
        ended = await answering(
            staged.program(), wrong_key, DEMO_SHOP_GUID, staged.shop.url, staged.shop.keys["none"]
        ).run("check")
        assert ended.code == 2
        assert "Gateway refused the token" in ended.out
        assert ended.out.count("ERROR") >= 2 and "Webservice" in ended.out
        assert not staged.writes() and not (tmp_path / "state").exists()


async def test_preview_shows_what_would_be_done_and_does_nothing(tmp_path: Path) -> None:
    async with stage(demo_catalogue(PRODUCTS), tmp_path, lag=0.0) as staged:
        preview = await staged.program().run("preview")
        assert preview.code in {0, 1}, preview.err
        assert not staged.writes() and not staged.sandbox.products(DEMO_SHOP_GUID)
        planned = staged.report()
        assert planned["outcomes"]["created"] > 0 and planned["samples"]
        ended = await staged.program().run()
        assert ended.code == preview.code
        assert staged.report()["outcomes"] == planned["outcomes"]
        again = await answering(staged.program(), DEMO_SHOP_GUID).run("report")
        assert again.code == ended.code and "products are in" in again.out


async def test_a_run_that_trusts_dates_reads_the_product_whose_stock_moved_and_no_other(tmp_path: Path) -> None:
    async with stage(demo_catalogue(40), tmp_path, lag=0.0) as staged:
        program = staged.program(TRUST_DATES="yes")
        first = await program.run()
        assert first.code in {0, 1} and "Everything was read" in first.out
        product = next(one["id"] for one in staged.shop.truth() if one["importable"] and not one["overridden"])
        for row in staged.shop.catalogue.table("stock_availables").values():
            if str(row["id_product"]) == str(product):
                row["quantity"] = "77"
        staged.shop.requests.clear()
        ended = await program.run()
        assert ended.code == first.code, ended.err
        report = staged.report()
        assert [one["product"] for one in report["products"] if one["outcome"] == "updated"] == [str(product)]
        read = {
            number
            for one in staged.shop.requests
            if one.resource == "products" and any(name.startswith("price[") for name in one.query)
            for number in one.ids
        }
        # What failed is read again, and packs always are.
        failed = {int(one["product"]) for one in report["failures"]}
        packs = {number for number, row in staged.shop.catalogue.products.items() if row["cache_is_pack"] == "1"}
        assert product in read and read <= {product} | failed | packs, ended.out


async def test_a_shop_with_vat_switched_off_asks_what_its_prices_are_before_anything_is_written(tmp_path: Path) -> None:
    async with stage(demo_catalogue(12), tmp_path, lag=0.0) as staged:
        staged.shop.settings.configuration["PS_TAX"] = "0"
        ended = await staged.program().run()
        assert ended.code == 2 and "PRESTASHOP_PRICES" in ended.err
        assert not staged.writes()
        ended = await staged.program(PRESTASHOP_PRICES="gross").run()
        assert ended.code in {0, 1} and staged.sandbox.products(DEMO_SHOP_GUID)


# --- how runs end --------------------------------------------------------------------------------------------


async def test_a_signal_lets_the_run_end_tidily_and_the_next_goes_on(tmp_path: Path) -> None:
    async with stage(demo_catalogue(40), tmp_path, lag=0.0) as staged:
        staged.sandbox.faults.append(Fault(what="stall", path=r"/products$", method="POST", when="after", seconds=0.3))
        # Two at once: forty products take seconds, and the signal meets the run in its middle on any machine.
        child = await staged.program(GATEWAY_CONCURRENCY="2").start()
        while not any(one.path.endswith("/products") for one in staged.sandbox.requests):
            await asyncio.sleep(0.02)
        child.send_signal(signal.SIGTERM)
        out, err = await child.communicate()
        assert child.returncode == 3, err.decode()
        assert "Stopping" in err.decode() and "Run the command again" in out.decode()
        staged.sandbox.faults.clear()
        there = len(staged.sandbox.products(DEMO_SHOP_GUID))
        assert there
        ended = await staged.program().run()
        assert ended.code in {0, 1}
        skus = [row["product"]["sku"] for row in staged.sandbox.products(DEMO_SHOP_GUID)]
        assert len(skus) == len(set(skus)) > there


async def test_a_deadline_ends_the_run_tidily_with_a_code_of_its_own_and_is_told_to_machines(tmp_path: Path) -> None:
    async with stage(demo_catalogue(40), tmp_path, lag=0.0) as staged:
        staged.sandbox.faults.append(Fault(what="stall", path=r"/products$", method="POST", when="after", seconds=0.5))
        metrics = tmp_path / "shop.prom"
        moment = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
        ended = await staged.program(
            GATEWAY_CONCURRENCY="1", DEADLINE=moment, LOG_FORMAT="json", METRICS_FILE=str(metrics)
        ).run()
        assert ended.code == 7, ended.err
        said = " ".join(ended.out.split())  # on a slow machine it ends before the first product, in other words
        assert "next run goes on from there" in said and "Exit code 7: The time" in said
        # Questions are asked of a person, before anything is logged; a schedule has none to ask.
        lines = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
        assert all(line["shop"] == DEMO_SHOP_GUID for line in lines)
        assert any("deadline is reached" in line["message"] and line["run"] == "1" for line in lines)
        assert "gateway_importer_run_exit_code" in metrics.read_text() and "} 7.0" in metrics.read_text()
        assert staged.report()["run"]["state"] == "stopped"


async def test_a_second_run_of_the_same_shop_is_refused_with_a_code_of_its_own(tmp_path: Path) -> None:
    async with stage(demo_catalogue(PRODUCTS), tmp_path, lag=0.0) as staged:
        staged.sandbox.faults.append(Fault(what="stall", path=r"/products$", method="POST", when="after", seconds=4.0))
        first = await staged.program().start()
        while not staged.sandbox.fault_hits:
            await asyncio.sleep(0.02)
        second = await staged.program().run()
        assert second.code == 4 and "Another run" in second.err
        staged.sandbox.faults.clear()
        await first.communicate()
        assert first.returncode in {0, 1}


async def test_another_language_is_refused_by_the_ledger_with_the_way_out(tmp_path: Path) -> None:
    async with stage(demo_catalogue(PRODUCTS), tmp_path, lag=0.0) as staged:
        await staged.program().run()
        before = len(staged.writes())
        ended = await staged.program(LANGUAGE="en").run()
        assert ended.code == 5 and "ACCEPT_CHANGE" in ended.err
        assert len(staged.writes()) == before
        changed = await staged.program(LANGUAGE="en", ACCEPT_CHANGE="yes").run()
        assert changed.code in {0, 1}
        assert staged.report()["outcomes"]["updated"] > 0


async def test_a_token_of_another_key_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    async with stage(demo_catalogue(PRODUCTS), tmp_path) as staged:
        wrong = base64.b64encode(b"another key than the shop's own").decode()
        ended = await answering(staged.program(), wrong, DEMO_SHOP_GUID, staged.shop.url, staged.shop.key).run()
        assert ended.code == 2 and "token signing key" in ended.err
        assert not staged.sandbox.products(DEMO_SHOP_GUID)


async def test_nobody_at_the_other_side_is_told_apart_from_a_wrong_answer(tmp_path: Path) -> None:
    async with stage(demo_catalogue(PRODUCTS), tmp_path) as staged:
        ended = await staged.program(GATEWAY_URL="http://127.0.0.1:9", TRIES="1").run()
        assert ended.code == 3 and "Gateway" in ended.err
