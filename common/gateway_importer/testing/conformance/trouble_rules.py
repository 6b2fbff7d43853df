"""What must hold whatever credentials, vendor and network do: cures, no loss, no secret; and an honest word."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from gateway_importer.testing.conformance.judging import (
    Defect,
    Judge,
    NotThere,
    Rule,
    in_run,
    objects,
    of_case,
    once,
    pairs,
    report,
)
from gateway_importer.testing.conformance.runs import SURVIVED, Run, Seen
from gateway_importer.testing.conformance.shop import Trouble


def credentials(seen: Seen, judge: Judge) -> None:
    half = [name for name in seen.checks if name.startswith("half")]
    judge.holds("the shop has no half-permitted credentials", half or "access half" in seen.quality.cannot)
    for name, (access, run) in seen.checks.items():
        judge.same(f"the exit code of check with the credentials `{name}`", run.code, 0 if access.imports else 2)
        for word in access.told:
            judge.holds(f"check with the credentials `{name}` does not say {word!r}", word in run.said)
        if not access.imports:
            judge.holds(f"check with the credentials `{name}` says no cure", "ERROR" in run.said)
    refused = seen.runs["refused"]
    judge.same("the exit code of an import with wrong credentials", refused.code, 2)
    judge.holds("an import with wrong credentials says what to do", "What to do:" in refused.said)
    judge.same("writes of an import with wrong credentials", list(refused.writes), [])
    if "revoked" in seen.runs:
        run = seen.runs["revoked"]
        judge.same("the exit code of a run whose credentials are refused in its middle", run.code, 2)
        judge.holds("a run whose credentials are refused in its middle says what to do", "What to do:" in run.said)


def check_says_nothing(seen: Seen) -> Seen:
    return replace(seen, checks={name: (access, replace(run, said="")) for name, (access, run) in seen.checks.items()})


def check_is_content(seen: Seen) -> Seen:
    return replace(seen, checks={name: (access, replace(run, code=0)) for name, (access, run) in seen.checks.items()})


CREDENTIALS = Rule(
    "credentials",
    "wrong, switched-off and half-permitted credentials are told apart, each with the right that lacks and the cure",
    credentials,
    {
        "says nothing": check_says_nothing,
        "is content with anything": check_is_content,
        "writes with wrong credentials": in_run("refused", lambda run: replace(run, writes=("POST /x",))),
        "gives no cure": in_run("refused", lambda run: replace(run, said="401")),
    },
)


def answers(seen: Seen, judge: Judge) -> None:
    judge.holds("answers by the pipe were not taken", seen.runs["killed"].held)
    for name, by in (("first", "secret files"), ("again", "the environment")):
        run = seen.runs[name]
        judge.holds(f"answers by {by} were not taken: exit code {run.code}", run.code in {0, 1})
        judge.holds(f"something is asked although {by} say it", "no terminal here" not in run.said)


ANSWERS = Rule(
    "answers",
    "answers come by the pipe, by secret files or by the environment, and what is given is not asked",
    answers,
    {
        "asks all the same": in_run("first", lambda run: replace(run, said="Note: there is no terminal here")),
        "wants a terminal": in_run("again", lambda run: replace(run, code=2)),
    },
)


def troubles(seen: Seen, judge: Judge) -> None:
    met = Counter(seen.met)
    for kind in SURVIVED:
        if f"trouble {kind.value}" not in seen.quality.cannot:
            judge.holds(f"the trouble `{kind.value}` met no request", met[kind])
    once(seen, "first", seen.goods, judge)
    failed = {row["product"] for row in seen.runs["first"].report["failures"]}
    right = {of_case(seen, one.key) for one in seen.goods.products if one.fate.outcome == "failed"}
    judge.same("products that failed for a trouble that passed", sorted(failed - right), [])


TROUBLES = Rule(
    "troubles",
    "overload, outages, HTML in place of data, empty and broken answers cost no product and no field",
    troubles,
    {
        "a product goes with the answer": objects("first", lambda one: None),
        "a product fails for it": report("first", lambda told: told["failures"].append({"product": "?"})),
        "nothing happened at all": lambda seen: replace(seen, met=()),
    },
)


def limits(seen: Seen, judge: Judge) -> None:
    requests = [one for one in seen.runs["first"].requests if one.kind == "products"]
    refused = [place for place, one in enumerate(requests) if one.status == 429]
    judge.holds("the shop never said that it was too much", refused)
    for place in refused:
        waited = [later.at - requests[place].at for later in requests[place + 1 :]]
        hasty = sum(1 for seconds in waited if seconds < RETRY_AFTER - SLACK)
        judge.holds(f"{hasty} questions came within the second that the shop had asked for", hasty <= ON_THEIR_WAY)


RETRY_AFTER = 1.0  # seconds, as the shop asks
SLACK = 0.1
ON_THEIR_WAY = 8  # questions that were under way when the answer came


def hammering(run: Run) -> Run:
    first = next((one for one in run.requests if one.status == 429), None)
    if first is None:
        raise NotThere("a refusal")
    return replace(run, requests=(*run.requests, *(replace(first, status=200, at=first.at + 0.02) for _ in range(20))))


LIMITS = Rule(
    "limits",
    "a shop that says how long to wait is waited for",
    limits,
    {"hammers on": in_run("first", hammering)},
)


def promised(seen: Seen, judge: Judge) -> None:
    run = seen.runs["emptied"]
    judge.holds(f"a shop whose lists are empty ends the run with exit code {run.code}", run.code not in {0, 1})
    judge.holds("a shop whose lists are empty is told with what to do", "What to do:" in run.said)
    judge.holds("no list was answered empty in the run `first`", Counter(seen.met)[Trouble.NOTHING] > 1)
    once(seen, "first", seen.goods, judge)
    for one, held in pairs(seen, "first"):
        judge.same(f"the stock of {one.what} where a list had come empty", held and held.stock, one.stock)


PROMISED = Rule(
    "promised rows",
    "a list that the shop says has rows may not yield none: it is asked again, and an empty shop is not believed",
    promised,
    {
        "is content with an empty shop": in_run("emptied", lambda run: replace(run, code=0)),
        "takes an empty list of stock for no stock": objects("first", lambda one: replace(one, stock=0)),
    },
)


def secrets(seen: Seen, judge: Judge) -> None:
    known = [secret.encode() for secret in seen.secrets if secret]
    judge.holds("the shop names no secret", len(known) > 1)
    for name in FILES:
        judge.holds(f"no {name} was looked at", any(name in place and body for place, body in seen.texts.items()))
    leaks = [place for place, body in seen.texts.items() if any(secret in body for secret in known)]
    judge.same("places in which a secret stands", leaks, [])


FILES = ("output", "process arguments", "report.json", "report.html", "ledger")


def leak(place: str) -> Defect:
    def broken(seen: Seen) -> Seen:
        where = next(name for name in seen.texts if place in name)
        return replace(seen, texts={**seen.texts, where: seen.texts[where] + seen.secrets[-1].encode()})

    return broken


SECRETS = Rule(
    "secrets",
    "no key, password or token is in any output, log, report, page, ledger or process argument, in whatever form",
    secrets,
    {f"a secret in {place}": leak(place) for place in FILES},
    may_be_exempt=False,
)


def proven(seen: Seen, judge: Judge) -> None:
    sentence = " ".join(seen.quality.sentence.split())
    judge.holds("it is not said what the importer is proven against", len(sentence) > 20)
    for name in ("first", "translated"):
        judge.same(
            f"what the report of the run `{name}` is proven against", seen.runs[name].report["run"]["proven"], sentence
        )
    for name, (access, run) in seen.checks.items():
        if access.imports:
            judge.holds(f"check with `{name}` does not say it: {sentence}", sentence in " ".join(run.said.split()))
    judge.holds(f"the README does not say it: {sentence}", sentence in " ".join(seen.readme.split()))


PROVEN = Rule(
    "proven",
    "README, check and report say in one sentence what the importer was proven against",
    proven,
    {
        "says nothing in check": check_says_nothing,
        "says something else in the report": report(
            "first", lambda told: told.update(run={**told["run"], "proven": "?"})
        ),
        "says nothing in the README": lambda seen: replace(seen, readme=""),
    },
    may_be_exempt=False,
)
