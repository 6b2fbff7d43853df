"""What the kit makes of findings and of what a platform says of itself: fewer values, exemptions, tables, proofs."""

from dataclasses import replace

import pytest
from gateway_importer.testing.conformance.judging import Judge, Rule
from gateway_importer.testing.conformance.kit import Found, verdict
from gateway_importer.testing.conformance.quality import Quality
from gateway_importer.testing.conformance.rules import RULES

ALL = [Found(rule, 10, (), (), 1) for rule in RULES]
GOOD = Quality("documents", "read by the vendor's documents", {rule.name: 10 for rule in RULES}, {})


def problems(quality: Quality, findings: list[Found] = ALL, *, recorded: bool = False) -> str:
    return "\n".join(verdict("shop", quality, findings, recorded=recorded).problems)


def said(quality: Quality, **rules: int | str) -> Quality:
    return replace(quality, rules={**quality.rules, **rules})


def test_a_platform_that_keeps_every_rule_as_it_says_conforms_and_its_line_counts() -> None:
    found = verdict("shop", GOOD, ALL, recorded=False)
    assert not found.problems
    rules = len(RULES)
    assert found.line == (
        f"shop: {rules} of {rules} rules, {10 * rules} values compared, {rules} importers broken on purpose"
    )


def test_fewer_values_than_before_are_refused_and_more_are_to_be_written_down() -> None:
    assert "compared 10 values, and 11 before" in problems(said(GOOD, prices=11))
    told = problems(said(GOOD, prices=9))
    assert "quality.toml still says 9" in told and "prices = 10" in told


def test_a_difference_is_told_and_so_is_a_rule_that_its_broken_importer_passes() -> None:
    findings = [Found(RULES[0], 10, ("the price of plain: 1, and 2 is right",), ("a grosz too much",), 1), *ALL[1:]]
    told = problems(GOOD, findings)
    assert "the price of plain" in told and "passes this rule: a grosz too much" in told


@pytest.mark.parametrize("rule", ["outcomes", "prices", "resuming", "secrets", "archiving"])
def test_what_every_platform_keeps_cannot_be_exempt(rule: str) -> None:
    assert "no platform can be exempt" in problems(said(GOOD, **{rule: "exempt: it would take too long"}))


def test_an_exemption_has_a_reason_and_ends_when_the_rule_is_kept() -> None:
    assert "give the number" in problems(said(GOOD, languages="exempt: a shop has one language"))
    broken = [replace(one, differences=("x",)) if one.rule.name == "languages" else one for one in ALL]
    assert not problems(said(GOOD, languages="exempt: a shop has one language"), broken)
    assert "no number" in problems(said(GOOD, languages="exempt: no"), broken)
    assert "no number" in problems(said(GOOD, languages="later"), broken)


def test_what_is_to_do_is_let_through_until_its_day() -> None:
    broken = [replace(one, differences=("x",)) if one.rule.name == "languages" else one for one in ALL]
    assert not problems(said(GOOD, languages="to do until 9999-01-01: texts are read soon"), broken)
    assert "was to do until 2020-01-01" in problems(
        said(GOOD, languages="to do until 2020-01-01: texts are read soon"), broken
    )
    assert "no number" in problems(said(GOOD, languages="to do: texts are read soon"), broken)


def test_a_rule_that_nobody_names_or_that_does_not_exist_is_told() -> None:
    missing = replace(GOOD, rules={name: count for name, count in GOOD.rules.items() if name != "stock"})
    assert "stock: quality.toml does not name it" in problems(missing)
    assert "does not have" in problems(said(GOOD, colours=3))


def test_the_table_of_what_cannot_be_had_names_cases_with_reasons_and_none_that_the_kit_rests_on() -> None:
    assert not problems(replace(GOOD, cannot={"vat-exempt": "every tax of the shop has a rate"}))
    for key, why in [("plain", "it is hard to have"), ("no-such-case", "it is not there"), ("vat-exempt", "no")]:
        assert key in problems(replace(GOOD, cannot={key: why}))


def test_nobody_can_take_documents_for_a_shop() -> None:
    recording = replace(GOOD, by="recording", sentence="proven against recorded answers")
    assert "there is none" in problems(recording)
    assert not problems(recording, recorded=True)
    assert "does not say 'documents'" in problems(replace(GOOD, sentence="proven against a shop"))
    assert "none of" in problems(replace(GOOD, by="hearsay"))
    assert "not proven" in problems(replace(GOOD, by="nothing", sentence="not sure"))


def test_every_rule_has_a_promise_of_its_own_and_importers_that_break_it() -> None:
    assert len({rule.name for rule in RULES}) == len({rule.promise for rule in RULES}) == len(RULES)
    assert all(isinstance(rule, Rule) and rule.broken for rule in RULES)
    judge = Judge()
    judge.same("one", 1, 1)
    judge.holds("two", False)
    assert judge.values == 2 and judge.differences == ["two"]
