"""The products of the made-up shop, the same for the same seed: plain ones, ones in all sizes and colours, odd ones."""

import itertools
import random
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from catalogue import FORMATS, Catalogue, Row, add, stock_row
from demo_broken import break_product
from demo_causes import BROKEN, CASES
from demo_shop import MADE, empty_shop, everywhere, option_values, slug, translated
from demo_special import add_special_prices
from demo_texts import brief, description
from demo_words import CATEGORIES, EPITHETS, FAMILIES, INACTIVE_CATEGORY, Family
from pictures import Picture

RATES = {1: 23, 2: 8, 3: 5, 4: 0, 10: 23}
ENDINGS = ("0.99", "0.99", "0.49", "0.90", "0.00")
MILLIONTH = Decimal("0.000001")
#: Of every twenty products one must not come in; why, in turn.
HIDDEN = ("disabled", "hidden", "draft", "no price", "free")
SIMPLE = tuple(family for family in FAMILIES if not family.options)
VARIED = tuple(family for family in FAMILIES if family.options)
OVERRIDDEN = 8
NO_STOCK_ROW = 131
PACKS = 6


def net(gross: Decimal, rate: int) -> str:
    """The net that PrestaShop stores for a gross price: six decimals."""
    return str((gross * 100 / (100 + rate)).quantize(MILLIONTH, ROUND_HALF_UP))


def ean13(body: int) -> str:
    """A number of a Polish maker with its check digit."""
    digits = f"590{body:09d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


class Maker:
    """Fills an empty shop."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.shop = empty_shop()
        self.parents = {id_category: parent for id_category, parent, _ in CATEGORIES}
        self.serial = 100_000
        self.importable: list[int] = []

    def fill(self, wanted: int) -> Catalogue:
        """Products until so many can be imported, and the ones broken on purpose among them."""
        last = max(BROKEN)
        id_product = 0
        while len(self.importable) < wanted or id_product < last:
            id_product += 1
            broken = id_product in BROKEN
            if not broken and len(self.importable) >= wanted:
                continue
            hidden = HIDDEN[id_product // 20 % 5] if id_product % 20 == 7 and not broken else ""
            if id_product % 50 == 11 and not broken:
                hidden = "not orderable"
            varied = not broken and id_product % 3 == 0 and hidden != "free"
            varied = varied or CASES.get(id_product, ("", ""))[0].startswith("combination")
            self.product(id_product, self.family(varied), varied, hidden)
            if not broken and not hidden:
                self.importable.append(id_product)
        for number in range(min(PACKS, wanted // 20)):
            self.pack(self.importable[number * 11 + 1])
        add_special_prices(self.shop, self.rng, self.importable)
        for id_broken, (how, cause) in CASES.items():
            break_product(self.shop, id_broken, how)
            self.shop.broken[id_broken] = cause
        self.override()
        self.count()
        return self.shop

    def family(self, varied: bool) -> Family:
        """A kind of goods, by its share."""
        pool = VARIED if varied else SIMPLE
        return self.rng.choices(pool, [family.share for family in pool])[0]

    def product(self, id_product: int, family: Family, varied: bool, hidden: str) -> None:
        """One product with its combinations, pictures and stock."""
        rng = self.rng
        noun, epithet = rng.choice(family.nouns), rng.choice(EPITHETS)
        # Every sixth goes without its number, so that some names stand on two products.
        number = f" {id_product}" if id_product % 6 else ""
        names = [f"{a} {b}{number}" if a else "" for a, b in zip(noun, epithet, strict=True)]
        names[1] = "" if rng.random() < 0.15 else names[1]
        names[2] = "" if rng.random() < 0.4 else names[2]
        gross = Decimal(rng.randint(*family.prices)) + Decimal(rng.choice(ENDINGS))
        row = self.row(id_product, family, names, net(gross, RATES[family.tax]))
        if hidden:
            row |= {
                "disabled": {"active": "0"},
                "hidden": {"visibility": "none"},
                "draft": {"state": "0", "active": "0"},
                "no price": {"available_for_order": "0", "show_price": "0"},
                "free": {"price": "0.000000"},
                "not orderable": {"available_for_order": "0"},
            }[hidden]
        self.shop.products[id_product] = row
        pictures = self.pictures(id_product, names[0], rng.choice((1, 1, 2, 2, 3, 4)) if rng.random() > 0.05 else 0)
        stock = add(self.shop.stock_availables, stock_row(id_product, 0, self.quantity(), rng.choice((2, 2, 0, 1))))
        links = [{"id": str(stock), "id_product_attribute": "0"}]
        if varied:
            links += self.variants(id_product, family, pictures)
        row["associations"]["stock_availables"] = links
        if id_product == NO_STOCK_ROW:
            # Its stock is unknown, which is no reason to fail.
            del self.shop.stock_availables[stock]
            del row["associations"]["stock_availables"]

    def row(self, id_product: int, family: Family, names: list[str], price: str) -> Row:
        """The columns of `products`."""
        rng = self.rng
        polish = description(rng, names[0], family.weight)
        texts = [polish, polish.replace("PROMOCJA", "SALE") if names[1] and rng.random() > 0.1 else "", ""]
        if id_product == 41:
            # Breaks every page of XML that it stands on; JSON carries it.
            texts[0] += "<p>koniec ]]> sekcji</p>"
        if id_product == 71:
            texts[0] += "<p>wklejone\x0bz edytora\x01</p>"
        maker = rng.randint(0, len(self.shop.table("manufacturers")))
        brand: str | bool = self.shop.table("manufacturers")[maker]["name"] if maker else False
        chain = self.chain(family.category)
        if id_product % 97 == 5:
            chain.append(INACTIVE_CATEGORY)
        changed = f"2026-11-{1 + id_product % 20:02d} {id_product % 24:02d}:{id_product % 60:02d}:00"
        row: dict[str, Any] = dict.fromkeys(("location", "isbn", "upc", "mpn", "supplier_reference"), "")
        row |= dict.fromkeys(
            ("width", "height", "depth", "ecotax", "unit_price", "additional_shipping_cost"), "0.000000"
        )
        for name in (
            "quantity_discount",
            "cache_has_attachments",
            "on_sale",
            "online_only",
            "low_stock_alert",
            "quantity",
        ):
            row[name] = "0"
        for name in (
            "customizable",
            "text_fields",
            "uploadable_files",
            "id_type_redirected",
            "show_condition",
        ):
            row[name] = "0"
        row |= dict.fromkeys(
            ("id_supplier", "advanced_stock_management", "cache_default_attribute", "cache_is_pack"), "0"
        )
        row |= dict.fromkeys(
            ("id_shop_default", "state", "active", "available_for_order", "show_price", "indexed"), "1"
        )
        for name in ("delivery_in_stock", "delivery_out_stock", "available_now", "available_later"):
            row[name] = everywhere("")
        for name in ("meta_description", "meta_keywords", "meta_title"):
            row[name] = everywhere("")
        row |= {"id": id_product, "id_manufacturer": str(maker), "manufacturer_name": brand, "new": None}
        row |= {"id_category_default": str(family.category), "id_tax_rules_group": str(family.tax)}
        row |= {
            "position_in_category": str(id_product % 30),
            "type": "virtual" if family.virtual else "simple",
        }
        row |= {
            "is_virtual": str(int(family.virtual)),
            "product_type": "virtual" if family.virtual else "standard",
        }
        row |= {"reference": self.reference(id_product), "ean13": self.gtin(), "weight": family.weight}
        row |= {"id_default_image": "", "id_default_combination": 0, "additional_delivery_times": "1"}
        row |= {
            "minimal_quantity": "1",
            "low_stock_threshold": None,
            "price": price,
            "wholesale_price": "0.000000",
        }
        row |= {"unity": "", "unit_price_ratio": "0.000000", "redirect_type": "default", "condition": "new"}
        row |= {"available_date": "0000-00-00", "visibility": "both", "date_add": MADE, "date_upd": changed}
        row |= {"pack_stock_type": "3", "name": translated(names), "description": translated(texts)}
        row |= {"description_short": translated([brief(rng, names[0]), "", ""])}
        row["link_rewrite"] = translated([slug(name or names[0]) for name in names])
        row["associations"] = {"categories": [{"id": str(one)} for one in sorted(set(chain))]}
        row["associations"]["product_features"] = self.features()
        return row

    def chain(self, category: int) -> list[int]:
        """A category, and often those above it."""
        result = [category]
        while self.rng.random() < 0.6 and self.parents[result[-1]] > 1:
            result.append(self.parents[result[-1]])
        return result

    def features(self) -> list[Row]:
        """Up to three features, now and then two values of one."""
        values = self.shop.table("product_feature_values")
        chosen = sorted(self.rng.sample(sorted(values), self.rng.randint(0, 3)))
        return [{"id": values[one]["id_feature"], "id_feature_value": str(one)} for one in chosen]

    def reference(self, id_product: int) -> str:
        """A SKU; some are missing, some stand on two products."""
        if id_product % 17 == 4:
            return ""
        return f"PJ-{id_product - 1 if id_product % 53 == 20 else id_product:04d}"

    def gtin(self) -> str:
        """An EAN; some are missing, a few have a wrong check digit."""
        self.serial += 1
        chance = self.rng.random()
        code = ean13(self.serial)
        if chance < 0.15:
            return ""
        return code[:-1] + str((int(code[-1]) + 5) % 10) if chance > 0.98 else code

    def quantity(self) -> int:
        """A stock figure: mostly some, sometimes none, seldom fewer than none."""
        chance = self.rng.random()
        if chance < 0.03:
            return -self.rng.randint(1, 5)
        return 0 if chance < 0.12 else self.rng.randint(1, 180)

    def pictures(self, id_product: int, name: str, count: int) -> list[int]:
        """New pictures at the end of a product's."""
        row = self.shop.products[id_product]
        links = row["associations"].get("images", [])
        made = []
        for _ in range(count):
            image = max(self.shop.pictures, default=0) + 1
            self.shop.pictures[image] = Picture(image, id_product, name, FORMATS[image % 3], len(links))
            links.append({"id": str(image)})
            made.append(image)
        if links:
            row["associations"]["images"] = links
            # The cover is not always the first by position.
            row["id_default_image"] = links[1 if len(links) > 2 and id_product % 7 == 0 else 0]["id"]
        return made

    def variants(self, id_product: int, family: Family, pictures: list[int]) -> list[Row]:
        """2 to 24 combinations; some cost more or less, some have pictures of their own."""
        rng = self.rng
        row = self.shop.products[id_product]
        first = rng.sample(option_values(self.shop, family.options[0]), rng.randint(2, 4))
        second: list[int] = []
        if len(family.options) > 1:
            second = rng.sample(
                option_values(self.shop, family.options[1]), rng.randint(1, 4 if rng.random() < 0.5 else 6)
            )
            second = second[: 24 // len(first)]
        sets = [list(one) for one in itertools.product(first, second)] if second else [[one] for one in first]
        colours = set(option_values(self.shop, "c"))
        own = {}
        if pictures and colours.intersection(first + second) and rng.random() < 0.6:
            for value in sorted(colours.intersection(first + second)):
                own[value] = self.pictures(id_product, f"{row['name'][0]['value']} ({value})", 1)[0]
        impacts = {value: rng.choice(("0", "0", "5.00", "10.00", "-4.00", "2.50")) for value in first}
        rate = RATES[family.tax]
        ids, links = [], []
        total = 0
        for number, values in enumerate(sets):
            quantity = self.quantity()
            total += quantity
            new: Row = dict.fromkeys(("isbn", "upc", "mpn", "supplier_reference"), "")
            new |= dict.fromkeys(("wholesale_price", "ecotax", "weight", "unit_price_impact"), "0.000000")
            new |= {"id_product": str(id_product), "ean13": self.gtin(), "low_stock_alert": "0"}
            new |= {"reference": f"{row['reference'] or 'X'}-{number + 1}" if id_product % 5 else ""}
            new |= {"price": net(Decimal(impacts[values[0]]), rate), "minimal_quantity": "1"}
            new |= {"low_stock_threshold": None, "default_on": "1" if number == 0 else None}
            new |= {
                "available_date": "0000-00-00",
                "available_now": everywhere(""),
                "available_later": everywhere(""),
            }
            new["associations"] = {"product_option_values": [{"id": str(value)} for value in sorted(values)]}
            shown = [own[value] for value in values if value in own]
            if shown:
                new["associations"]["images"] = [{"id": str(image)} for image in shown]
            id_combination = add(self.shop.combinations, new)
            ids.append(id_combination)
            stock = add(self.shop.stock_availables, stock_row(id_product, id_combination, quantity, 2))
            links.append({"id": str(stock), "id_product_attribute": str(id_combination)})
        held = self.shop.stock_availables[max(self.shop.stock_availables) - len(sets)]
        held["quantity"] = str(total)
        row |= {"product_type": "combinations", "id_default_combination": ids[0], "ean13": ""}
        row["cache_default_attribute"] = str(ids[0])
        row["associations"]["combinations"] = [{"id": str(one)} for one in [*ids[1:], ids[0]]]
        every = {value: None for values in sets for value in values}
        row["associations"]["product_option_values"] = [{"id": str(value)} for value in every]
        return links

    def pack(self, id_product: int) -> None:
        """Makes a pack of a plain product: two of another one in a box."""
        row = self.shop.products[id_product]
        if row["associations"].get("combinations") or row["is_virtual"] == "1":
            return
        row |= {"type": "pack", "product_type": "pack", "cache_is_pack": "1"}
        other = next(one for one in self.importable if one > id_product and one % 3)
        bundle = {"id": str(other), "id_product_attribute": "0", "quantity": "2"}
        row["associations"]["product_bundle"] = [bundle]

    def override(self) -> None:
        """Lets a module of the shop set prices that no column explains."""
        step = max(len(self.importable) // (OVERRIDDEN + 1), 1)
        for number, id_product in enumerate(self.importable[step::step][:OVERRIDDEN]):
            gross = Decimal(33 + 11 * number) + Decimal("0.33")
            for combination in self.shop.combinations_of(id_product) or [{"id": 0}]:
                self.shop.price_overrides[id_product, int(combination["id"])] = gross

    def count(self) -> None:
        """Lists the products of each category, and counts them up the tree."""
        inside: dict[int, set[int]] = {one: set() for one in self.parents}
        for id_product, row in self.shop.products.items():
            for link in row["associations"]["categories"]:
                category: int | None = int(link["id"])
                self.shop.categories[int(link["id"])]["associations"]["products"].append({"id": str(id_product)})
                while category:
                    inside[category].add(id_product)
                    category = self.parents[category]
        for id_category, members in inside.items():
            self.shop.categories[id_category]["nb_products_recursive"] = str(len(members))


def make(products: int, seed: int) -> Catalogue:
    """A shop with so many products that can be imported."""
    return Maker(seed).fill(products)
