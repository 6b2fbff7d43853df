"""The first sentence of a report, and the end of a run as text."""

from __future__ import annotations

from pathlib import Path

import pytest
from gateway_importer.catalog import SkipRule
from gateway_importer.errors import ExitCode, error_classes
from gateway_importer.redaction import SECRETS
from gateway_importer.report.model import NoticeRow, Outcome, SampleRow
from gateway_importer.report.text import shows_colour, summary_text
from gateway_importer.report.verdict import Tone, verdict
from gateway_importer.report.wording import EXIT_MEANINGS, duration, rule_meaning, size
from made_up_reports import facts, failure, report, row

C, U, N, A, S, F = Outcome


@pytest.mark.parametrize(
    ("counts", "changes", "sentence", "tone"),
    [
        ({C: 590, U: 8, S: 2, F: 12}, {}, "598 of 612 products are in; 12 failed; 2 were skipped.", Tone.MIXED),
        ({C: 612}, {}, "All 612 products are in.", Tone.GOOD),
        ({C: 1}, {}, "The only product is in.", Tone.GOOD),
        ({C: 1, S: 1}, {}, "1 of 2 products is in; 1 was skipped.", Tone.GOOD),
        ({N: 1612}, {}, "All 1,612 products are in; nothing had changed.", Tone.GOOD),
        ({N: 600, A: 3}, {}, "All 600 products are in; 3 were archived; nothing had changed.", Tone.GOOD),
        ({F: 5}, {}, "None of 5 products are in; 5 failed.", Tone.BAD),
        ({}, {}, "No product was found in the shop.", Tone.MIXED),
        ({A: 4}, {}, "No product was found in the shop; 4 were archived.", Tone.MIXED),
        ({C: 5}, {"audit_agrees": False}, "All 5 products are in, but the comparison at the end found differences.", Tone.MIXED),
        ({C: 300, F: 2}, {"state": "stopped"}, "Stopped before the end: 300 products are in so far; 2 failed. The next run goes on from there.", Tone.MIXED),
        ({}, {"state": "stopped"}, "Stopped before any product was imported.", Tone.MIXED),
        ({C: 1}, {"state": "broken"}, "The run broke off: 1 product is in so far. The next run goes on from there.", Tone.BAD),
        ({}, {"state": "broken"}, "The run broke off before any product was imported.", Tone.BAD),
        ({C: 598, S: 2, F: 12, A: 1}, {"command": "preview"}, "Preview, nothing was written: 598 of 612 products would come in; 12 would fail; 2 would be skipped; 1 would be archived.", Tone.MIXED),
        ({C: 612}, {"command": "preview"}, "Preview, nothing was written: all 612 products would come in.", Tone.GOOD),
        ({}, {"command": "preview"}, "Preview, nothing was written: no product was found in the shop.", Tone.MIXED),
        ({C: 3}, {"command": "preview", "state": "stopped"}, "The preview was stopped before the end: 3 products would come in.", Tone.MIXED),
        ({C: 3}, {"command": "preview", "state": "broken"}, "The preview broke off: 3 products would come in.", Tone.BAD),
        ({}, {"command": "preview", "state": "broken"}, "The preview broke off before the first product was reached.", Tone.BAD),
    ],
)  # fmt: skip
def test_a_run_is_judged_in_a_sentence(
    counts: dict[Outcome, int], changes: dict[str, object], sentence: str, tone: Tone
) -> None:
    judged = verdict(facts(counts, **changes))
    assert (judged.sentence, judged.tone) == (sentence, tone)


def test_every_exit_code_and_every_rule_has_a_meaning() -> None:
    codes = {value for name, value in vars(ExitCode).items() if name.isupper()}
    assert set(EXIT_MEANINGS) == codes | {error.exit_code for error in error_classes()}
    assert all(rule_meaning(rule.word) == rule.meaning for rule in SkipRule)


def test_the_text_names_the_first_failures_with_cause_and_cure_and_the_report() -> None:
    text = summary_text(
        report([row(1, C), *(failure(number) for number in range(10, 20))], exit_code=1),
        Path("build/demo/report.html"),
    )
    assert text.startswith("1 of 11 products is in; 10 failed.\n")
    assert (
        "- 10 × It has no name in any language.\n  What to do: Give it a name in the shop.\n    10 Kubek nr 10\n"
        in text
    )
    assert "    and 6 more\n" in text
    assert "Report:   build/demo/report.html\nExit code 1: The run is done, but some products failed." in text


def test_causes_beyond_the_first_are_counted() -> None:
    text = summary_text(
        report([failure(number, code=f"code_{number}", cause=f"Cause {number}.") for number in range(10)])
    )
    assert "- and 2 products more for 2 other causes" in text


def test_the_text_fits_80_columns() -> None:
    long = "Sukienka letnia w drobne kwiaty z długim rękawem i kołnierzykiem, wersja limitowana, rozmiar uniwersalny"
    made = report(
        [failure(1, long, cause=long, cure=long), row(2, S, long, rule="no_price_shown"), failure(3, long, cause=long * 2)],
        [NoticeRow("4", long, "price_differs", long)],
        warnings=(long,), error=f"{long}\n{long}", audit=tuple((long[: 9 + number], number) for number in range(9)), audit_agrees=True,
    )  # fmt: skip
    assert max(len(line) for line in summary_text(made).splitlines()) <= 80


def test_a_preview_shows_products_in_full() -> None:
    text = summary_text(report([row(1, C)], samples=[SampleRow("1", "Kubek", C, '{"a": 1}')] * 5, command="preview"))
    assert '1 Kubek would be created:\n  {\n    "a": 1\n  }' in text
    assert "2 further products in full in the report." in text


def test_the_text_cannot_steer_a_terminal_or_tell_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SECRETS, "_forms", [])
    SECRETS.add("tajnyklucz")
    odd = "\x1b[2J\x9b31m tajnyklucz \r\u202e"
    made = report(
        [failure(1, odd, cause=odd, cure=odd)],
        samples=[SampleRow("1", odd, C, odd)],
        error=odd,
        warnings=(odd,),
    )
    text = summary_text(made)
    assert not {"\x1b", "\x9b", "\r", "\u202e"} & set(text)
    assert "tajnyklucz" not in text


def test_colours_only_where_they_are_asked_for() -> None:
    made = report([row(1, C), failure(2)])
    assert "\x1b" not in summary_text(made)
    assert "\x1b[1;33m" in summary_text(made, colour=True)


def test_a_file_gets_no_colours(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as file:
        assert not shows_colour(file)


def test_amounts_as_people_say_them() -> None:
    assert [duration(value) for value in (0, 59.4, 185, 7620)] == ["0 s", "59 s", "3 min 05 s", "2 h 07 min"]
    assert [size(value) for value in (0, 999, 1500, 96_200_000, 3_100_000_000_000)] == [
        "0 B", "999 B", "1.5 kB", "96.2 MB", "3.1 TB",
    ]  # fmt: skip
