"""What later runs must keep: nothing is lost at a page's end, sent twice or archived by mistake; changes are seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from gateway_importer.testing.conformance.cases import MEANWHILE, edits
from gateway_importer.testing.conformance.judging import (
    Defect,
    Judge,
    Rule,
    case,
    forget,
    in_run,
    objects,
    of_case,
    once,
    report,
)
from gateway_importer.testing.conformance.runs import KILL_AFTER, Run, Seen
from gateway_importer.testing.conformance.wanted import by_id, wanted


def paging(seen: Seen, judge: Judge) -> None:
    once(seen, "first", seen.goods, judge)
    moved = frozenset(key for key, _ in MEANWHILE.values())
    judge.same("what came and went while lists were read", set(seen.moved), set(moved))
    once(seen, "moving", seen.later, judge, but=moved)
    run = seen.runs["moving"]
    judge.same("the audit of the run `moving`", run.report["audit"]["agrees"], True)
    count = Counter(row["product"] for row in run.report["products"])
    for product in seen.later.products:
        if product.key not in moved:
            judge.same(f"outcomes of {product.key} while rows come and go", count[of_case(seen, product.key)], 1)


def without_products(name: str, number: int) -> Defect:
    return objects(name, lambda one: None if not one.options else one, number)


def forgets_the_plain_one(seen: Seen) -> Seen:
    """Not the last one of the report: that may be what came meanwhile, which is not looked for."""
    plain = of_case(seen, "plain")
    return report(
        "moving", lambda told: told.update(products=[row for row in told["products"] if row["product"] != plain])
    )(seen)


PAGING = Rule(
    "paging",
    "no product is lost or read twice at the ends of pages, nor while products come and go",
    paging,
    {
        "loses the last page": without_products("first", 10),
        "loses a product while rows go": without_products("moving", 1),
        "reads a product twice": objects("moving", lambda one: (one, one)),
        "archives what it missed": objects("moving", lambda one: replace(one, archived=True)),
        "forgets a product in the report": forgets_the_plain_one,
    },
)


def rerun(seen: Seen, judge: Judge) -> None:
    run = seen.runs["again"]
    judge.same("requests that write", list(run.writes), [])
    # One that could not be had is asked for again, until that is believed.
    lost = sum(picture.lost is not None for product in seen.goods.products for picture in product.pictures)
    read = sum(one.kind == "picture" for one in run.requests)
    judge.holds(f"{read} pictures were read, of which {lost} had been lost before", read <= lost * ASKED_FOR_A_LOST_ONE)
    for what in ("created", "updated", "archived"):
        judge.same(f"products {what} by a run without a change", run.report["outcomes"][what], 0)
    sold = sum(1 for product in seen.goods.products if product.fate.outcome == "in")
    judge.same("products unchanged", run.report["outcomes"]["unchanged"], sold)


ASKED_FOR_A_LOST_ONE = 5  # tries of one run


def reads_pictures_again(seen: Seen) -> Seen:
    """As many as the runs before did: a shop that hands over one file is asked for little else."""
    before = (*seen.runs["killed"].requests, *seen.runs["first"].requests)
    pictures = tuple(one for one in before if one.kind == "picture")
    return in_run("again", lambda run: replace(run, requests=(*run.requests, *pictures)))(seen)


RERUN = Rule(
    "rerun",
    "a second run without a change sends nothing to the Gateway and reads no picture",
    rerun,
    {
        "writes once more": in_run("again", lambda run: replace(run, writes=("PUT /dashboard/…",))),
        "reads the pictures again": reads_pictures_again,
        "changes a product": report("again", lambda told: told.update(outcomes={**told["outcomes"], "updated": 1})),
    },
)


def same_reading(seen: Seen, judge: Judge) -> None:
    before, after = by_id(seen.runs["first"].for_sale), by_id(seen.runs["again"].for_sale)
    judge.same("objects after the second reading", len(after), len(before))
    for number, one in before.items():
        judge.same(f"{one.name} as it was read first", after.get(number), one)
    first, second = (outcome_words(seen.runs[name]) for name in ("first", "again"))
    judge.same("products left out or failed", second, first)


def outcome_words(run: Run) -> list[tuple[str, str]]:
    left = [(row["product"], row["rule"]) for row in run.report["skipped"]]
    return sorted(left + [(row["product"], f"{row['code']} {row['cause']}") for row in run.report["failures"]])


SAME = Rule(
    "same reading",
    "two readings of a shop in which nothing changed give the same",
    same_reading,
    {
        "another order of pictures": case("again", "pictures-five", lambda one: replace(one, pictures=())),
        "another cause": report("again", forget("failures")),
    },
)


def changes(seen: Seen, judge: Judge) -> None:
    once(seen, "edited", seen.later, judge)
    held = by_id(seen.runs["edited"].for_sale)
    touched = set(edits(seen.goods))
    for number, one in wanted(seen.later, seen.ids).items():
        if one.product.key not in touched:
            continue
        there = held.get(number)
        judge.same(f"the price of {one.what} after the edits", there and there.gross, one.variant.gross)
        judge.same(f"the VAT of {one.what} after the edits", there and there.vat, one.vat)
        judge.same(f"the stock of {one.what} after the edits", there and there.stock, one.stock)
        judge.same(f"the name of {one.what} after the edits", there and there.name, one.name("pl"))
        judge.same(f"the pictures of {one.what} after the edits", there and there.pictures, one.pictures)
        judge.same(f"the categories of {one.what} after the edits", there and there.places, one.places)
        judge.same(f"the options of {one.what} after the edits", there and dict(there.options), one.options("pl"))
    hidden = seen.runs["moving"].report["outcomes"]["updated"]
    judge.same("changes that reading by dates had hidden", hidden, 0)


CHANGES = Rule(
    "changes",
    "what the merchant changed is changed: price, VAT, stock, names, texts, pictures, categories, variants; a date in "
    "the future hides nothing",
    changes,
    {
        "an old price": case("edited", "row-01", lambda one: replace(one, gross=Decimal(1))),
        "an old stock, whose change moves no date": case("edited", "row-05", lambda one: replace(one, stock=5)),
        "a date in the future hides a change": case(
            "edited", "changed-in-future", lambda one: replace(one, gross=Decimal(45))
        ),
        "a replaced picture": case("edited", "pictures-five", lambda one: replace(one, pictures=("five-3",))),
        "a variant that came": case("edited", "variants-one-price", lambda one: None),
        "a change seen a run later": report(
            "moving", lambda told: told.update(outcomes={**told["outcomes"], "updated": 1})
        ),
    },
)


def archiving(seen: Seen, judge: Judge) -> None:
    run = seen.runs["edited"]
    sold = {one.id for one in run.for_sale}
    gone = wanted(seen.goods, seen.ids).keys() - wanted(seen.later, seen.ids).keys()
    for number in sorted(gone):
        judge.same(f"{number} is for sale although the shop has it no more", any(number == one for one in sold), False)
    kept = {one.id for one in seen.runs["moving"].for_sale}
    for name in ("emptied", "revoked"):
        if name in seen.runs:
            after = {one.id for one in seen.runs[name].for_sale}
            judge.same(f"objects archived by the run `{name}`", sorted(kept - after), [])
            judge.same(f"writes of the run `{name}`", list(seen.runs[name].writes), [])


def resurrect(seen: Seen) -> Seen:
    """A product that the shop deleted stays for sale."""
    run, product = seen.runs["edited"], of_case(seen, "row-08")
    held = tuple(replace(one, archived=False) if one.product == product else one for one in run.held)
    return replace(seen, runs={**seen.runs, "edited": replace(run, held=held)})


ARCHIVING = Rule(
    "archiving",
    "what the shop deleted or switched off is archived; a shop that shows nothing, or a key refused, archives nothing",
    archiving,
    {
        "leaves what is gone": resurrect,
        "believes an empty shop": objects("emptied", lambda one: replace(one, archived=True)),
        "writes all the same": in_run("emptied", lambda run: replace(run, writes=("PUT /dashboard/…",))),
    },
    may_be_exempt=False,
)


def resuming(seen: Seen, judge: Judge) -> None:
    killed, run = seen.runs["killed"], seen.runs["first"]
    judge.same("the run was killed in its middle", killed.code, -9)
    judge.holds("nothing was sent before the kill", killed.held)
    once(seen, "first", seen.goods, judge)
    guids = Counter(one.id for one in run.held)
    judge.same("objects made twice by the killed run and its successor", [k for k, n in guids.items() if n > 1], [])
    created = {row["product"] for row in run.report["products"] if row["outcome"] == "created"}
    there = {one.product for one in killed.for_sale}
    whole = {
        product
        for product in there
        if {one.id for one in killed.for_sale if one.product == product}
        >= {number for number in wanted(seen.goods, seen.ids) if number[0] == product}
    }
    judge.holds("nothing was left for the second run", created)
    judge.holds("a product that was in already was created once more", len(created & whole) <= IN_FLIGHT)


#: Products of which the kill may have lost what became of them: the next run finds them and says that it made them.
IN_FLIGHT = 2 * KILL_AFTER

RESUMING = Rule(
    "resuming",
    "after a kill in its middle the next run goes on: nothing is doubled, nothing lost",
    resuming,
    {
        "posts once more what was in flight": objects("first", lambda one: (one, one)),
        "loses what was in flight": objects("first", lambda one: None),
        "begins anew": lambda seen: report(
            "first",
            lambda told: told.update(products=[{**row, "outcome": "created"} for row in told["products"]]),
        )(objects("killed", lambda one: one)(all_there(seen))),
    },
    may_be_exempt=False,
)


def all_there(seen: Seen) -> Seen:
    """The killed run had brought in everything."""
    return in_run("killed", lambda run: replace(run, held=seen.runs["first"].held))(seen)
