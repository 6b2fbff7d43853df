"""What is seen of a run while it goes on: lines in a log, a live view on a terminal."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from gateway_importer.http import Host, Http, Limits
from gateway_importer.redaction import SECRETS
from gateway_importer.report.model import Outcome
from gateway_importer.report.observer import Observer
from gateway_importer.report.progress import Progress
from gateway_importer.report.terminal import Lines, LiveView, observer_for, picture
from rich.console import Console


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def hosts() -> list[Host]:
    http = Http(user_agent="test")
    return [
        http.host("shop", "https://laka.example", Limits(concurrency=4)),
        http.host("Gateway", "https://gateway.example", Limits(concurrency=16, per_second=20)),
    ]


def the_terminal(fd: int) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.FileIO(fd, "w", closefd=False), encoding="utf-8", write_through=True)


class Terminal:
    """A pseudo-terminal and everything that was written to it."""

    def __init__(self) -> None:
        self.main, self.side = pty.openpty()
        self.stream = the_terminal(self.side)
        self.raw = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self.main, 65536)
            except OSError:
                return
            if not piece:
                return
            self.raw += piece

    def close(self) -> str:
        os.close(self.side)
        self._reader.join(5)
        os.close(self.main)
        return self.raw.decode()


def test_lines_are_printed_no_oftener_than_asked() -> None:
    clock, stream = Clock(), io.StringIO()
    view = Lines(stream, every=5, clock=clock)
    view.started(products=6000, hosts=hosts())
    for _ in range(6000):
        clock.now += 0.01
        view.product(Outcome.CREATED)
        view.image(1000)
    lines = stream.getvalue().splitlines()
    assert 11 <= len(lines) <= 13  # a minute, the first line at once
    assert lines[-1].startswith("[00:5")
    assert "6,000 products" in lines[-1]


def test_a_line_tells_all_there_is_to_tell() -> None:
    clock, stream, both = Clock(), io.StringIO(), hosts()
    view = Lines(stream, clock=clock)
    view.started(products=612, hosts=both)
    view.phase("reading the shop")
    for _ in range(100):
        clock.now += 0.125
        both[0].traffic.requests["products"] += 2
        both[1].traffic.requests["product"] += 1
        view.product(Outcome.CREATED)
        view.image(53_000)
    both[1].traffic.refused = 3
    for _ in range(2):
        both[1].pace.refused(None)
    view.product(Outcome.FAILED)
    clock.now += 5
    view.product(Outcome.SKIPPED)
    line = stream.getvalue().splitlines()[-1]
    for part in (
        "[00:17] reading the shop: 102 of 612 products, 16 %", "100 created, 1 skipped, 1 failed",
        "100 pictures, 5.3 MB", "shop 200 requests, ", "told to wait 3 times, now at most 13.8/s", "left",
    ):  # fmt: skip
        assert part in line


def test_a_new_phase_need_not_wait_but_a_flood_of_phases_does() -> None:
    clock, stream = Clock(), io.StringIO()
    view = Lines(stream, every=5, clock=clock)
    view.started(products=None, hosts=[])
    view.phase("reading the shop")
    clock.now += 2
    view.phase("comparing with the Gateway")
    for number in range(1000):
        view.phase(f"page {number}")
    assert [line[:13] for line in stream.getvalue().splitlines()] == ["[00:00] readi", "[00:02] compa"]


def test_what_is_said_is_shown_at_once_and_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SECRETS, "_forms", [])
    SECRETS.add("tajnyklucz")
    stream = io.StringIO()
    Lines(stream, every=3600).say("The key tajnyklucz\x1b[2J was refused.\nAsk for another.")
    assert stream.getvalue() == "The key [hidden]\ufffd[2J was refused.\nAsk for another.\n"


def test_the_last_line_says_how_it_ended() -> None:
    stream = io.StringIO()
    view = Lines(stream, every=3600)
    view.started(products=2, hosts=[])
    view.product(Outcome.CREATED)
    view.product(Outcome.FAILED)
    view.ended()
    assert stream.getvalue().splitlines()[-1] == "[00:00] 2 of 2 products, 100 %; 1 created, 1 failed"


def use(view: Observer) -> None:
    view.started(products=3, hosts=hosts())
    view.phase("reading")
    view.product(Outcome.CREATED)
    view.image(5)
    view.say("Zażółć gęślą jaźń 😀")
    view.ended()
    view.ended()


@pytest.mark.parametrize("make", [Lines, LiveView])
def test_a_closed_or_narrow_minded_stream_does_not_end_the_run(make: type[Lines | LiveView]) -> None:
    closed = io.StringIO()
    closed.close()
    use(make(closed))
    use(make(io.TextIOWrapper(io.BytesIO(), encoding="ascii")))
    reading, writing = os.pipe()
    os.close(reading)
    broken = the_terminal(writing)
    use(make(broken))
    os.close(writing)


def test_a_terminal_gets_the_live_view_and_all_else_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal()
    try:
        assert isinstance(observer_for(terminal.stream), LiveView)
        assert isinstance(observer_for(io.StringIO()), Lines)
        monkeypatch.setenv("TERM", "dumb")
        assert isinstance(observer_for(terminal.stream), Lines)
    finally:
        terminal.close()


def test_the_live_view_shows_the_run_and_leaves_the_terminal_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(SECRETS, "_forms", [])
    SECRETS.add("tajnyklucz")
    terminal, both = Terminal(), hosts()
    standard = sys.stdout, sys.stderr
    threads = threading.active_count()
    view = LiveView(terminal.stream)
    view.started(products=40, hosts=both)
    view.phase("reading the shop")
    for _ in range(20):
        time.sleep(0.02)
        both[0].traffic.requests["products"] += 1
        view.product(Outcome.CREATED)
        view.image(1000)
    time.sleep(0.2)
    view.say("The key tajnyklucz was [bold]refused[/bold].")
    view.ended()
    assert threading.active_count() <= threads + 1  # the drawing thread ends within a redraw
    assert (sys.stdout, sys.stderr) == standard
    raw = terminal.close()
    assert "reading the shop" in raw
    assert "20 of 40 products, 50 %" in raw
    assert "The key [hidden] was [bold]refused[/bold]." in raw
    assert raw.rindex("\x1b[?25h") > raw.rindex("\x1b[?25l"), "the cursor is hidden"
    assert screen(raw) == ["The key [hidden] was [bold]refused[/bold]."]


def screen(raw: str) -> list[str]:
    """What is left on a terminal of whole lines that are erased and drawn again (rich's way of drawing)."""
    lines, at = [""], 0
    for piece in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", raw):
        if piece == "\n":
            at += 1
            if at == len(lines):
                lines.append("")
        elif piece == "\x1b[2K":
            lines[at] = ""
        elif moved := re.fullmatch(r"\x1b\[(\d*)A", piece):
            at = max(0, at - int(moved[1] or 1))
        elif piece[0] not in "\r\x1b":
            lines[at] += piece
    return [line.rstrip() for line in lines if line.strip()]


def test_the_live_view_redraws_no_oftener_than_eight_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal()
    view = LiveView(terminal.stream)
    begun = time.monotonic()
    view.started(products=None, hosts=[])
    view.phase("reading the shop")
    while time.monotonic() - begun < 0.5:
        for _ in range(100):
            view.product(Outcome.CREATED)
        time.sleep(0.001)
    view.ended()
    lasted = time.monotonic() - begun
    assert terminal.close().count("reading the shop") <= lasted * 8 + 2


def test_a_program_that_dies_in_the_middle_gives_the_cursor_back(tmp_path: Path) -> None:
    program = tmp_path / "dies.py"
    program.write_text(
        "import sys\n"
        "from gateway_importer.report.terminal import LiveView\n"
        "LiveView(sys.stderr).started(products=1, hosts=[])\n"
        "raise SystemExit(1)\n"
    )
    terminal = Terminal()
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, program], stderr=terminal.side, env=environment, timeout=30, check=False)
    raw = terminal.close()
    assert done.returncode == 1, raw
    assert raw.rindex("\x1b[?25h") > raw.rindex("\x1b[?25l")


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("total", [None, 0, 5, 123_456])
def test_the_live_view_fits_its_terminal(width: int, total: int | None) -> None:
    clock, both = Clock(), hosts()
    progress = Progress(clock)
    progress.start(total, both)
    progress.phase = "comparing the shop's own list with what the Gateway shows, product by product"
    progress.outcomes.update(dict.fromkeys(Outcome, 12345))
    both[0].traffic.requests["picture"] = 1_234_567
    both[1].traffic.requests["product"] = 61_000
    both[1].traffic.refused = 1234
    clock.now += 4000
    progress.measure()
    drawn = io.StringIO()
    console = Console(file=drawn, width=width)
    console.print(picture(progress, min(width, 100)))
    lines = drawn.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert "12,345 failed" in text
    assert "1,234,567" in text
    assert "shop" in text
    assert len(lines) <= 16


def test_the_time_left_follows_the_present_speed() -> None:
    clock = Clock()
    progress = Progress(clock)
    progress.start(1000, [])
    for _ in range(600):  # a minute in which ten products a second were unchanged
        clock.now += 0.1
        progress.outcomes[Outcome.UNCHANGED] += 1
        progress.measure()
    for _ in range(100):  # then one a second is created
        clock.now += 1
        progress.outcomes[Outcome.CREATED] += 1
        progress.measure()
    assert progress.left is not None
    assert 280 <= progress.left <= 320


def test_products_that_the_shop_did_not_count_are_not_more_than_all() -> None:
    stream = io.StringIO()
    view = Lines(stream, every=0)
    view.started(products=1, hosts=[])
    view.product(Outcome.CREATED)
    view.product(Outcome.CREATED)
    assert "2 products (the shop counted 1)" in stream.getvalue()
