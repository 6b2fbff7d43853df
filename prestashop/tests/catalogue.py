"""What the simulated shop sells: tables of rows as a PrestaShop 8.1.3 on PHP 7.4 sends them, recorded or made up."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from demo_causes import BROKEN
from pictures import Picture

__all__ = [
    "BROKEN",
    "FORMATS",
    "MAIN_SET",
    "NO_DATES",
    "RECORDINGS",
    "Catalogue",
    "Row",
    "Table",
    "add",
    "demo_catalogue",
    "recorded_catalogue",
    "stock_row",
    "title",
]

Row = dict[str, Any]
Table = dict[int, Row]

RECORDINGS = Path(__file__).parent / "recordings"
MAIN_SET = RECORDINGS / "8.1.3"

#: Picture formats in turn, so that a catalogue of any size has all three.
FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass
class Catalogue:
    """Tables by resource, each a dict by id. All of it may be changed while the shop runs."""

    tables: dict[str, Table] = field(default_factory=dict)
    pictures: dict[int, Picture] = field(default_factory=dict)
    #: Bytes of pictures and their sizes that were recorded: (image id, size or "").
    recorded_pictures: dict[tuple[int, str], bytes] = field(default_factory=dict)
    #: Gross prices that a module of the shop answers instead: (product, combination or 0).
    price_overrides: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    #: Products whose page dies (PHP fatal).
    broken_products: set[int] = field(default_factory=set)
    #: Why a product made broken on purpose must fail.
    broken: dict[int, str] = field(default_factory=dict)
    #: The guest's virtual prices as recorded: (resource, id, reduced).
    recorded_prices: dict[tuple[str, int, bool], str] = field(default_factory=dict)
    #: What the recorded prices were computed from; a row that was changed since has no recorded price.
    recorded_rows: dict[tuple[str, int], Row] = field(default_factory=dict)
    #: Answers for `schema=synopsis` as recorded.
    synopsis: dict[str, str] = field(default_factory=dict)
    #: Shops that a product is in, where not in all of them.
    product_shops: dict[int, set[int]] = field(default_factory=dict)
    #: Columns that another shop than the default one sees: {shop: {(resource, id): {column: value}}}.
    shop_values: dict[int, dict[tuple[str, int], Row]] = field(default_factory=dict)

    def table(self, name: str) -> Table:
        """The rows of a resource by id."""
        return self.tables.setdefault(name, {})

    @property
    def products(self) -> Table:
        """The table of products."""
        return self.table("products")

    @property
    def combinations(self) -> Table:
        """The table of combinations."""
        return self.table("combinations")

    @property
    def stock_availables(self) -> Table:
        """The table of stock rows."""
        return self.table("stock_availables")

    @property
    def specific_prices(self) -> Table:
        """The table of special prices."""
        return self.table("specific_prices")

    @property
    def categories(self) -> Table:
        """The table of categories."""
        return self.table("categories")

    @property
    def groups(self) -> Table:
        """The table of customer groups."""
        return self.table("groups")

    @property
    def configurations(self) -> Table:
        """The table of configuration values."""
        return self.table("configurations")

    def configuration(self) -> dict[str, str]:
        """The stored configuration by name."""
        return {row["name"]: str(row["value"]) for row in self.configurations.values()}

    def set_configuration(self, name: str, value: str) -> None:
        """Changes a stored value, or stores it."""
        for row in self.configurations.values():
            if row["name"] == name:
                row["value"] = value
                return
        add(self.configurations, {"value": value, "name": name, "id_shop_group": "", "id_shop": ""} | NO_DATES)

    def combinations_of(self, id_product: int) -> list[Row]:
        """The combination rows of a product, by id."""
        wanted = str(id_product)
        return [row for _, row in sorted(self.combinations.items()) if row["id_product"] == wanted]

    def stock_of(self, id_product: int, id_combination: int = 0) -> Row | None:
        """The stock row of a product or of one of its combinations."""
        for row in self.stock_availables.values():
            if row["id_product"] == str(id_product) and row["id_product_attribute"] == str(id_combination):
                return row
        return None

    def set_stock(self, id_product: int, id_combination: int, quantity: int) -> None:
        """Changes a stock figure, and with it the product's sum; like the real one it leaves date_upd alone."""
        row = self.stock_of(id_product, id_combination)
        if row is None:
            raise KeyError((id_product, id_combination))
        row["quantity"] = str(quantity)
        total = self.stock_of(id_product)
        if id_combination and total is not None:
            parts = [self.stock_of(id_product, c["id"]) for c in self.combinations_of(id_product)]
            total["quantity"] = str(sum(int(part["quantity"]) for part in parts if part))

    def delete_product(self, id_product: int) -> None:
        """Takes a product out of the shop with all that belongs to it."""
        self.products.pop(id_product)
        for name in ("combinations", "stock_availables", "specific_prices"):
            table = self.table(name)
            for id_row in [i for i, row in table.items() if row["id_product"] == str(id_product)]:
                del table[id_row]
        for category in self.categories.values():
            links = category.get("associations", {}).get("products", [])
            links[:] = [link for link in links if link["id"] != str(id_product)]
        for id_image in [i for i, picture in self.pictures.items() if picture.product == id_product]:
            del self.pictures[id_image]

    def add_product(
        self,
        *,
        like: int | None = None,
        quantity: int = 5,
        pictures: int = 1,
        now: str = "2026-11-25 12:00:00",
        **columns: Any,
    ) -> int:
        """Adds a product without combinations that is like another one, with new pictures, and tells its id."""
        model = self.products[like if like is not None else min(self.products)]
        row = deepcopy(model)
        new = max(self.products) + 1
        row |= {"id": new, "date_add": now, "date_upd": now, "id_default_combination": 0, "type": "simple"}
        row |= {"cache_default_attribute": "0", "product_type": "standard"}
        row |= columns
        associations = row.setdefault("associations", {})
        for name in ("combinations", "product_option_values", "images", "product_bundle"):
            associations.pop(name, None)
        images = []
        for position in range(pictures):
            image = max(self.pictures, default=0) + 1
            label = f"{new} {title(row)}"
            self.pictures[image] = Picture(image, new, label, FORMATS[image % 3], position)
            images.append({"id": str(image)})
        if images:
            associations["images"] = images
        row["id_default_image"] = images[0]["id"] if images else ""
        stock = add(self.stock_availables, stock_row(new, 0, quantity))
        associations["stock_availables"] = [{"id": str(stock), "id_product_attribute": "0"}]
        for link in associations.get("categories", []):
            category = self.categories.get(int(link["id"]))
            if category is not None:
                category.setdefault("associations", {}).setdefault("products", []).append({"id": str(new)})
        self.products[new] = row
        return new


NO_DATES = {"date_add": "0000-00-00 00:00:00", "date_upd": "0000-00-00 00:00:00"}


def add(table: Table, columns: Row) -> int:
    """Puts a row under the next free id."""
    new = max(table, default=0) + 1
    table[new] = {"id": new} | columns
    return new


def stock_row(id_product: int, id_combination: int, quantity: int, out_of_stock: int = 2) -> Row:
    """The columns of a stock row in the default shop."""
    return {
        "id_product": str(id_product),
        "id_product_attribute": str(id_combination),
        "id_shop": "1",
        "id_shop_group": "0",
        "quantity": str(quantity),
        "depends_on_stock": "0",
        "out_of_stock": str(out_of_stock),
        "location": "",
    }


def title(row: Row) -> str:
    """The first name of a row that is not empty."""
    names = [str(entry["value"]) for entry in row.get("name", [])]
    return next((name for name in names if name.strip()), "")


def recorded_rows() -> Iterator[tuple[str, Row]]:
    """Every row of the recorded full lists, with its resource."""
    calls = json.loads((MAIN_SET / "index.json").read_text(encoding="utf-8"))
    for call in calls:
        path, _, query = call["path"].partition("?")
        whole = "display=full" in query and "price[" not in query and "language=" not in query
        listing = path.removeprefix("/api/")
        if call["status"] != 200 or "JSON" not in query or "/" in listing:
            continue
        if not whole and listing != "configurations":
            continue
        body = json.loads((MAIN_SET / call["body_file"]).read_text(encoding="utf-8"))
        if isinstance(body, dict):
            for rows in body.values():
                yield from ((listing, row) for row in rows)


def recorded_catalogue() -> Catalogue:
    """The catalogue of 107 products whose answers and pages were recorded; all pictures but the first are made up."""
    catalogue = Catalogue()
    for name, row in recorded_rows():
        catalogue.table(name)[row["id"]] = row
    catalogue.table("specific_price_rules")
    for row in catalogue.configurations.values():
        row.setdefault("date_add", "0000-00-00 00:00:00")
    for id_product, row in catalogue.products.items():
        for position, link in enumerate(row.get("associations", {}).get("images", [])):
            image = int(link["id"])
            label = f"{id_product}/{image} {title(row)}"
            catalogue.pictures[image] = Picture(image, id_product, label, FORMATS[(image - 1) % 3], position)
    for size, body_file in (
        ("", "094-image-1-1-original.jpg"),
        ("small_default", "095-image-1-1-small.jpg"),
        ("home_default", "099-image-public-pretty.jpg"),
    ):
        catalogue.recorded_pictures[1, size] = (MAIN_SET / body_file).read_bytes()
    catalogue.synopsis["products"] = (MAIN_SET / "071-products-synopsis.xml").read_text(encoding="utf-8")
    guest = RECORDINGS / "8.1.3-virtual-prices-guest"
    for name, body_file in (("products", "001-products.json"), ("combinations", "002-combinations.json")):
        for row in json.loads((guest / body_file).read_text(encoding="utf-8"))[name]:
            catalogue.recorded_prices[name, row["id"], True] = row["g"]
            catalogue.recorded_prices[name, row["id"], False] = row["f"]
    for name in ("products", "combinations", "specific_prices", "tax_rules", "taxes"):
        for id_row, row in catalogue.table(name).items():
            catalogue.recorded_rows[name, id_row] = deepcopy(row)
    return catalogue


def demo_catalogue(products: int = 600, seed: int = 1) -> Catalogue:
    """A made-up shop with so many products that can be imported, and beside them some that must not or cannot be."""
    # Here and not above: the generator builds on this module.
    from demo_products import make

    return make(products, seed)
