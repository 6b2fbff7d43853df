"""What the first import must leave: every product's fate, and every value of what is in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from gateway_importer.testing.conformance.judging import (
    Defect,
    Judge,
    NotThere,
    Rule,
    case,
    each,
    forget,
    in_run,
    objects,
    of_case,
    pairs,
    report,
)
from gateway_importer.testing.conformance.runs import Held, Seen
from gateway_importer.testing.conformance.wanted import by_id, plain, translated, wanted

GROSZ = Decimal("0.01")


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


OUTCOMES = Rule(
    "outcomes",
    "every product of the shop ends in exactly one outcome: in, skipped with its rule, or failed with cause and cure",
    outcomes,
    {
        "loses a product": report("first", forget("products")),
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


# --- prices, VAT, stock, dates ------------------------------------------------------------------------------------


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
    tag = next((one.group for one in run.held if one.product == a), ())
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


FAR = 10  # rows between two members; more than a page holds by the platform's settings for the kit
LEAST_SCATTERED = 3  # products


def joining(seen: Seen, judge: Judge) -> None:
    """In three runs: the first, the one of what changed alone, and the one while rows come and go."""
    far = {key: places for key, places in seen.scattered.items() if max(places) - min(places) >= FAR}
    judge.holds(f"{len(far)} products have members {FAR} rows apart", len(far) >= LEAST_SCATTERED)
    for name, goods in (("first", seen.goods), ("edited", seen.later), ("moving", seen.later)):
        held = seen.runs[name].for_sale
        right = wanted(goods, seen.ids)
        for key in sorted(far):
            product = of_case(seen, key)
            there = [one for one in held if one.product == product]
            ids = sorted(variant for number, variant in right if number == product)
            judge.same(f"variants of {key}, scattered, after the run `{name}`", sorted(x.variant for x in there), ids)
            judge.same(
                f"variant tags of {key} after the run `{name}`", len({one.group for one in there}), min(1, len(ids))
            )


def scattered_case(change: Callable[[Held], Held | None]) -> Defect:
    """Changes an object of a product whose members lie on several pages."""

    def broken(seen: Seen) -> Seen:
        products = [seen.ids.products[key] for key, at in sorted(seen.scattered.items()) if max(at) - min(at) >= FAR]
        if not products:
            raise NotThere("scattered members")
        return objects("first", lambda one: change(one) if one.product in products else one)(seen)

    return broken


JOINING = Rule(
    "joining",
    "members of a product that are rows of their own, on different pages, become one product with all its variants",
    joining,
    {
        "makes a product of a member": scattered_case(lambda one: replace(one, product=one.variant)),
        "loses the members on other pages": scattered_case(lambda one: None),
        "gives each page's members a tag": scattered_case(lambda one: replace(one, group=("another",))),
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
