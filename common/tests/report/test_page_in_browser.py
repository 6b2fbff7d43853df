"""report.html in a real browser, where one is installed."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from gateway_importer.report.files import write_report
from gateway_importer.report.model import NoticeRow, Outcome, SampleRow
from made_up_reports import failure, report, row

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed: the page was not seen in a browser")


def open_page(page: Path, profile: Path) -> tuple[str, list[str]]:
    """The page's elements after its script ran, and what the browser's console said."""
    done = subprocess.run(
        [
            str(BROWSER),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=2000",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def test_the_page_works_in_a_browser_and_asks_nobody_for_anything(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as outside:
        address = f"http://127.0.0.1:{outside.getsockname()[1]}/x.js"
        hostile = f'"><script src="{address}"></script><img src="{address}" onerror="document.title=1"><link rel=stylesheet href="{address}">'
        page, _ = write_report(
            report(
                [
                    row(1, Outcome.CREATED),
                    failure(2, hostile, cause=hostile, cure=f"`{hostile}`", page_url=f"{address}{hostile}"),
                    row(3, Outcome.SKIPPED, hostile, rule="draft"),
                ],
                [NoticeRow("1", hostile, "gtin_invalid", hostile)],
                [SampleRow("1", hostile, Outcome.CREATED, hostile)],
                shop_name=hostile,
                error=hostile,
                warnings=(hostile,),
            ),
            tmp_path,
        )
        elements, console = open_page(page, tmp_path / "profile")
        outside.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody knocked
            outside.accept()
    assert console == []
    form = re.search("<form[^>]*>", elements)
    assert form is not None
    assert "hidden" not in form[0], "the page's own script did not run"


def test_the_look_at_the_console_sees_what_is_there(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<script>console.error('seen')</script>")
    assert "seen" in " ".join(open_page(page, tmp_path / "profile")[1])
