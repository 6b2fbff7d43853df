"""The rules, each with what it promises, how it is judged by what was seen, and importers that break it.

A rule compares values and says each difference. `broken` are changes of what was seen, as an importer with that defect
would have left it: every one of them must be found, on every platform, or the rule proves nothing there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from gateway_importer.testing.conformance.cases import MEANWHILE, edits
from gateway_importer.testing.conformance.neutral import Catalogue
from gateway_importer.testing.conformance.runs import SURVIVED, Held, Run, Seen
from gateway_importer.testing.conformance.shop import Trouble
from gateway_importer.testing.conformance.wanted import Wanted, by_id, plain, translated, wanted

GROSZ = Decimal("0.01")


@dataclass
class Judge:
    """Counts what is compared, and keeps the differences."""

    values: int = 0
    differences: list[str] = field(default_factory=list)

    def same(self, what: str, found: object, right: object) -> None:
        self.values += 1
        if found != right:
            self.differences.append(f"{what}: {short(found)}, and {short(right)} is right")

    def holds(self, what: str, is_so: object) -> None:
        self.values += 1
        if not is_so:
            self.differences.append(what)


def short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:120]} … {text[-60:]}"


Rule_ = Callable[[Seen, Judge], None]
Defect = Callable[[Seen], Seen]


@dataclass(frozen=True)
class Rule:
    """`promise` is what a user may rely on; `may_be_exempt` False: every platform keeps it."""

    name: str
    promise: str
    judge: Rule_
    broken: Mapping[str, Defect]
    may_be_exempt: bool = True


class NotThere(Exception):
    """The shop does not have what this defect would break."""


# --- how an importer breaks things --------------------------------------------------------------------------------


def in_run(name: str, change: Callable[[Run], Run]) -> Defect:
    def broken(seen: Seen) -> Seen:
        if name not in seen.runs:
            raise NotThere(name)
        return replace(seen, runs={**seen.runs, name: change(seen.runs[name])})

    return broken


def objects(name: str, change: Callable[[Held], Held | tuple[Held, ...] | None], number: int = 1) -> Defect:
    """Changes the first `number` objects for which `change` makes a difference."""

    def changed(run: Run) -> Run:
        left, held = number, []
        for one in run.held:
            new = change(one) if left and not one.archived else one
            left -= new != one
            held += [] if new is None else list(new) if isinstance(new, tuple) else [new]
        return replace(run, held=tuple(held))

    return in_run(name, changed)


def report(name: str, change: Callable[[dict[str, Any]], object]) -> Defect:
    """Changes the run's report: `change` gets a copy of its top level, whose lists are copies."""

    def changed(run: Run) -> Run:
        copy = {key: list(value) if isinstance(value, list) else value for key, value in run.report.items()}
        change(copy)
        return replace(run, report=copy)

    return in_run(name, changed)


def of_case(seen: Seen, key: str) -> str:
    """The shop's id of a case. Raises `NotThere` where the shop cannot have it."""
    if key not in seen.ids.products:
        raise NotThere(key)
    return seen.ids.products[key]


def case(name: str, key: str, change: Callable[[Held], Held | None]) -> Defect:
    """Changes the objects of one case."""

    def broken(seen: Seen) -> Seen:
        product = of_case(seen, key)
        return objects(name, lambda one: change(one) if one.product == product else one, 1)(seen)

    return broken


# --- outcomes -----------------------------------------------------------------------------------------------------


def outcomes(seen: Seen, judge: Judge) -> None:
    run = seen.runs["first"]
    count = Counter(row["product"] for row in run.report["products"])
    outcome = {row["product"]: row["outcome"] for row in run.report["products"]}
    failures = {row["product"]: row for row in run.report["failures"]}
    skipped = {row["product"]: row["rule"] for row in run.report["skipped"]}
    for product in seen.goods.products:
        number, fate = of_case(seen, product.key), product.fate
        judge.same(f"{product.key} ends in so many outcomes", count[number], 1)
        right = {"in": {"created", "unchanged", "updated"}, "skipped": {"skipped"}, "failed": {"failed"}}[fate.outcome]
        judge.holds(f"{product.key} ends as {outcome.get(number)}, not as {right}", outcome.get(number) in right)
        if fate.outcome == "skipped":
            judge.holds(f"{product.key} is skipped by {skipped.get(number)}", skipped.get(number) in fate.words)
        if fate.outcome == "failed":
            row = failures.get(number, {"cause": "", "cure": "", "code": ""})
            said = f"{row['code']} {row['cause']}".lower()
            judge.holds(f"{product.key} fails without a cause or a cure", row["cause"] and row["cure"])
            judge.holds(f"{product.key} fails because {said!r}", not fate.words or any(w in said for w in fate.words))
    judge.same("products in the report", len(run.report["products"]), len(seen.goods.products))
    judge.same("the sum of outcomes", sum(run.report["outcomes"].values()), len(seen.goods.products))
    judge.same("the exit code where products failed", run.code, 1)
    judge.same("the audit of the run", run.report["audit"]["agrees"], True)


def _forget(rows: str) -> Callable[[dict[str, Any]], object]:
    return lambda told: told[rows].pop()


OUTCOMES = Rule(
    "outcomes",
    "every product of the shop ends in exactly one outcome: in, skipped with its rule, or failed with cause and cure",
    outcomes,
    {
        "loses a product": report("first", _forget("products")),
        "counts a product twice": report("first", lambda told: told["products"].append(told["products"][0])),
        "fails without a cure": report(
            "first", lambda told: told.update(failures=[{**row, "cure": ""} for row in told["failures"]])
        ),
        "skips by another rule": report(
            "first", lambda told: told.update(skipped=[{**row, "rule": "other_shop"} for row in told["skipped"]])
        ),
        "says that all went well": in_run("first", lambda run: replace(run, code=0)),
    },
    may_be_exempt=False,
)


# --- prices, VAT, stock -------------------------------------------------------------------------------------------


def pairs(seen: Seen, name: str, goods: Catalogue | None = None) -> list[tuple[Wanted, Held | None]]:
    held = by_id(seen.runs[name].for_sale)
    return [(one, held.get(number)) for number, one in wanted(goods or seen.goods, seen.ids).items()]


def each(name: str, found: Callable[[Held], object], right: Callable[[Wanted], object], what: str) -> Rule_:
    """Compares one value of every object of a run."""

    def judge(seen: Seen, judge: Judge) -> None:
        for one, held in pairs(seen, name):
            judge.same(f"{what} of {one.what}", "not there" if held is None else found(held), right(one))

    return judge


def base_price(seen: Seen) -> Seen:
    """Every variant costs what its product's first one does."""
    first: dict[str, Decimal] = {}
    run = seen.runs["first"]
    held = tuple(replace(one, gross=first.setdefault(one.product, one.gross)) for one in run.held)
    return replace(seen, runs={**seen.runs, "first": replace(run, held=held)})


PRICES = Rule(
    "prices",
    "the regular gross price is the shop's to the grosz, for products and for every kind of variant's price",
    each("first", lambda held: held.gross, lambda one: one.variant.gross, "the price"),
    {
        "a grosz too much": objects("first", lambda one: replace(one, gross=one.gross + GROSZ)),
        "the product's price for every variant": base_price,
        "a reduction in the regular price": case("first", "sale-percent", lambda one: replace(one, gross=Decimal(40))),
    },
    may_be_exempt=False,
)
REDUCED = Rule(
    "reduced prices",
    "what a guest pays today is right to the grosz: sales by percent and amount, over and to come, of single variants",
    each("translated", lambda held: held.gross, lambda one: one.reduced, "the price today"),
    {
        "no sale at all": case("translated", "sale-percent", lambda one: replace(one, gross=Decimal(50))),
        "a sale that is over": case("translated", "sale-over", lambda one: replace(one, gross=Decimal(15))),
        "a sale for one variant applied to all": case(
            "translated", "variant-sale", lambda one: replace(one, gross=one.gross - 1)
        ),
    },
)
VAT = Rule(
    "vat",
    "every rate of VAT comes from the shop's own rule and is sent as its class",
    each("first", lambda held: held.vat, lambda one: one.vat, "the VAT"),
    {"all at the standard rate": case("first", "vat-8", lambda one: replace(one, vat="VAT23"))},
)
STOCK = Rule(
    "stock",
    "stock is the shop's own figure a variant: none, negative as none, large, never added up or split",
    each("first", lambda held: held.stock, lambda one: one.stock, "the stock"),
    {
        "a negative figure as it is": case("first", "stock-negative", lambda one: replace(one, stock=-3)),
        "a figure left out": objects("first", lambda one: replace(one, stock=None)),
    },
)

# --- variants -----------------------------------------------------------------------------------------------------


def variants(seen: Seen, judge: Judge) -> None:
    run = seen.runs["first"]
    right = wanted(seen.goods, seen.ids)
    held = by_id(run.for_sale)
    judge.same("objects that nobody asked for", sorted(set(held) - set(right)), [])
    groups: dict[tuple[str, ...], set[str]] = {}
    for number, one in right.items():
        there = held.get(number)
        judge.same(f"{one.what} is there", there is not None, True)
        judge.same(f"the options of {one.what}", there and dict(there.options), one.options("pl"))
        if there is not None and one.variant.options:
            judge.same(f"the variant tags of {one.what}", len(there.group), 1)
            groups.setdefault(there.group, set()).add(there.product)
    for tag, products in groups.items():
        judge.same(f"products under the variant tag {tag}", len(products), 1)
    several = [product for product in seen.goods.products if len(product.sold) > 1]
    judge.same("variant tags", len(groups), len(several))


def one_group(seen: Seen) -> Seen:
    """Two products of one name share the variant tag."""
    run = seen.runs["first"]
    a, b = of_case(seen, "name-twin-a"), of_case(seen, "name-twin-b")
    tag = next(one.group for one in run.held if one.product == a)
    held = tuple(replace(one, group=tag) if one.product == b else one for one in run.held)
    return replace(seen, runs={**seen.runs, "first": replace(run, held=held)})


VARIANTS = Rule(
    "variants",
    "every variant that is sold is there once with its options, under one tag a product, and none that is switched off",
    variants,
    {
        "loses the last variant": case("first", "variants-many", lambda one: None),
        "takes the parent for a variant": objects("first", lambda one: (one, replace(one, variant="parent"))),
        "options of another": case("first", "variants-two-options", lambda one: replace(one, options={"size": "?"})),
        "runs two products of one name together": one_group,
    },
)


# --- pictures, categories, texts ----------------------------------------------------------------------------------

PICTURES = Rule(
    "pictures",
    "every picture that can be had is there byte by byte, in the shop's order, a variant's own with the variant",
    each("first", lambda held: held.pictures, lambda one: one.pictures, "the pictures"),
    {
        "another order": case("first", "pictures-five", lambda one: replace(one, pictures=one.pictures[::-1])),
        "only the cover": case("first", "pictures-five", lambda one: replace(one, pictures=one.pictures[:1])),
        "an HTML page as a picture": case(
            "first", "picture-page", lambda one: replace(one, pictures=("?", *one.pictures))
        ),
        "the product's pictures for each variant": case(
            "first", "variants-two-options", lambda one: replace(one, pictures=("crossed", *one.pictures))
        ),
        "the product goes with its picture": case("first", "picture-missing", lambda one: None),
    },
)


def categories(seen: Seen, judge: Judge) -> None:
    chain = {one.key: one for one in seen.goods.categories}
    for key, category in chain.items():
        names, above = [category.names["pl"]], category.parent
        while above is not None:
            names.insert(0, chain[above].names["pl"])
            above = chain[above].parent
        judge.same(f"the path of {key}", seen.table.get(seen.ids.categories[key]), " > ".join(names))
    for one, held in pairs(seen, "first"):
        judge.same(f"the categories of {one.what}", "not there" if held is None else held.places, one.places)


CATEGORIES = Rule(
    "categories",
    "the whole tree is drafted with its paths, and a product is put into every category on the paths it is mapped to",
    categories,
    {
        "a name without its path": lambda seen: replace(
            seen, table={key: path.split(" > ")[-1] for key, path in seen.table.items()}
        ),
        "the branch of the same name": case(
            "first", "category-same-name", lambda one: replace(one, places=frozenset({"Woman", "Woman > Shoes"}))
        ),
        "the main category only": case(
            "first", "category-two", lambda one: replace(one, places=frozenset(one.places - {"Woman > Shoes"}))
        ),
    },
)


def texts(seen: Seen, judge: Judge) -> None:
    for one, held in pairs(seen, "first"):
        judge.same(f"the name of {one.what}", held and held.name, one.name("pl"))
        description = translated(one.product.descriptions, "pl")
        judge.same(f"the description of {one.what}", held and plain(held.desc), plain(description))
        brief = plain(translated(one.product.briefs, "pl"))[:300].strip()
        judge.same(f"the brief of {one.what}", held and held.brief, brief)
        judge.same(f"the brand of {one.what}", held and held.brand, one.product.brand)
        unsafe = [word for word in ("<script", "onclick", "alert(") if held and word in held.desc]
        judge.same(f"what runs in the description of {one.what}", unsafe, [])


TEXTS = Rule(
    "texts",
    "names, descriptions, briefs and brands are the merchant's words in any script, long, empty or odd; no script runs",
    texts,
    {
        "another encoding": case(
            "first", "name-unicode", lambda one: replace(one, name=one.name.encode().decode("latin-1"))
        ),
        "a description that runs": case(
            "first", "text-html", lambda one: replace(one, desc=one.desc + "<p onclick='x()'></p>")
        ),
        "a description that is cut": case("first", "text-long", lambda one: replace(one, desc=one.desc[:1000])),
        "no brand": case("first", "plain", lambda one: replace(one, brand="")),
    },
)


def languages(seen: Seen, judge: Judge) -> None:
    for one, held in pairs(seen, "translated"):
        judge.same(f"the English name of {one.what}", held and held.name, one.name("en"))
        judge.same(f"the English options of {one.what}", held and dict(held.options), one.options("en"))
        english = one.product.descriptions.get("en", "")
        if english:
            judge.same(f"the English description of {one.what}", held and plain(held.desc), plain(english))


LANGUAGES = Rule(
    "languages",
    "the chosen language is in names, texts and options; what nobody translated keeps the shop's own",
    languages,
    {
        "the shop's own language": case("translated", "plain", lambda one: replace(one, name="Kubek plain")),
        "options in the shop's own": case(
            "translated", "variants-two-options", lambda one: replace(one, options={"size": "M", "color": "Czerwony"})
        ),
        "what is not translated goes": case("translated", "name-untranslated", lambda one: None),
    },
)


def numbers(seen: Seen, judge: Judge) -> None:
    skus = Counter(one.sku for one in seen.runs["first"].for_sale)
    own = Counter(one.variant.sku for one, _ in pairs(seen, "first"))
    for one, held in pairs(seen, "first"):
        sku = held.sku if held else ""
        judge.same(f"objects with the SKU of {one.what}", skus[sku], 1)
        wants = one.variant.sku
        if wants:
            kept = sku == wants or (own[wants] > 1 and sku.startswith(f"{wants}~"))
            judge.holds(f"the SKU of {one.what} is {sku!r}, and the merchant's {wants!r}", kept)
        else:
            judge.holds(f"the SKU of {one.what} is empty", sku)
        gtin = "" if one.product.key == "gtin-bad" else one.variant.gtin
        judge.same(f"the GTIN of {one.what}", held and held.gtin, gtin)
        judge.same(f"the weight of {one.what}", held and held.weight, one.variant.weight)


NUMBERS = Rule(
    "numbers",
    "SKUs are the merchant's own, on one object each; a wrong GTIN costs the GTIN and no more; weights are in kg",
    numbers,
    {
        "one SKU twice": case("first", "sku-twin-b", lambda one: replace(one, sku="TWIN")),
        "the vendor's id for a SKU": case("first", "sku-odd", lambda one: replace(one, sku="17")),
        "a GTIN that is none": case("first", "gtin-bad", lambda one: replace(one, gtin="5901234123450")),
        "a weight in grams": case("first", "plain", lambda one: replace(one, weight=Decimal(350))),
    },
)


# --- runs after the first -----------------------------------------------------------------------------------------


def once(seen: Seen, name: str, goods: Catalogue, judge: Judge, *, but: frozenset[str] = frozenset()) -> None:
    """Exactly what is sold is for sale, each once; the products `but` may be there or not."""
    count = Counter(one.id for one in seen.runs[name].for_sale)
    for number, one in wanted(goods, seen.ids).items():
        if one.product.key not in but:
            judge.same(f"{one.what} is for sale so many times after the run `{name}`", count[number], 1)
    known = {seen.ids.products[one.key] for one in goods.products if one.fate.outcome == "in" or one.key in but}
    known |= {number for number in {one.product for one in seen.runs[name].for_sale} if number not in ever(seen)}
    strangers = sorted({product for product, _ in count} - known)
    judge.same(f"products for sale after the run `{name}` that must not be", strangers, [])


def ever(seen: Seen) -> frozenset[str]:
    """The ids of all products that the kit knew before the lists were read."""
    return frozenset(seen.ids.products.values())


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


PAGING = Rule(
    "paging",
    "no product is lost or read twice at the ends of pages, nor while products come and go",
    paging,
    {
        "loses the last page": without_products("first", 10),
        "loses a product while rows go": without_products("moving", 1),
        "reads a product twice": objects("moving", lambda one: (one, one)),
        "archives what it missed": objects("moving", lambda one: replace(one, archived=True)),
        "forgets a product in the report": report("moving", _forget("products")),
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

RERUN = Rule(
    "rerun",
    "a second run without a change sends nothing to the Gateway and reads no picture",
    rerun,
    {
        "writes once more": in_run("again", lambda run: replace(run, writes=("PUT /dashboard/…",))),
        "reads the pictures again": in_run(
            "again", lambda run: replace(run, requests=tuple(replace(one, kind="picture") for one in run.requests))
        ),
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
        "another cause": report("again", _forget("failures")),
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


IN_FLIGHT = 24  # products whose answer the kill may have cut off: the second run finds them and says that it made them

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


# --- credentials, troubles, secrets -------------------------------------------------------------------------------


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


def dates(seen: Seen, judge: Judge) -> None:
    keys = ("sale-just-begun", "sale-nearly-over", "sale-just-over", "sale-about-to-begin", "changed-in-future")
    for one, held in pairs(seen, "translated"):
        if one.product.key in keys:
            judge.same(f"the price of {one.what} by the shop's own clock", held and held.gross, one.reduced)
    later = by_id(seen.runs["edited"].for_sale)
    for number, one in wanted(seen.later, seen.ids).items():
        if one.product.key == "changed-in-future":
            there = later.get(number)
            judge.same(f"the changed price of {one.what}", there and there.gross, one.variant.gross)


DATES = Rule(
    "dates",
    "dates without a zone are the shop's, wherever the program runs; a date in the future neither crashes nor hides",
    dates,
    {
        "takes the shop's time for UTC": case(
            "translated", "sale-just-begun", lambda one: replace(one, gross=Decimal("20.00"))
        ),
        "believes a date in the future": case(
            "edited", "changed-in-future", lambda one: replace(one, gross=Decimal(45))
        ),
    },
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

RULES: tuple[Rule, ...] = (
    OUTCOMES, PRICES, REDUCED, VAT, STOCK, VARIANTS, PICTURES, CATEGORIES, TEXTS, LANGUAGES, NUMBERS, PAGING, RERUN,
    SAME, CHANGES, ARCHIVING, RESUMING, ANSWERS, CREDENTIALS, TROUBLES, LIMITS, PROMISED, DATES, SECRETS, PROVEN,
)  # fmt: skip
