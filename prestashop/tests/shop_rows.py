"""Which rows the shops of a call have, with another shop's values, the settings and the version laid over them."""

from dataclasses import dataclass

from catalogue import Row
from shop_answers import Context
from shop_schema import Resource, numbers


@dataclass
class Scope:
    """The shops of a call in a multistore, and whose values it shows."""

    shops: list[int]
    values_of: int
    group: int | None = None

    @property
    def several(self) -> bool:
        """Whether rows of several shops are shown together."""
        return len(self.shops) > 1


def visible(context: Context, found: Resource, row: Row, scope: Scope) -> bool:
    """Whether a row belongs to the shops asked for."""
    if found.name == "products":
        shops = context.catalogue.product_shops.get(row["id"])
        return shops is None or bool(shops.intersection(scope.shops))
    if found.name == "combinations":
        shops = context.catalogue.product_shops.get(int(row["id_product"]))
        return shops is None or bool(shops.intersection(scope.shops))
    if found.name == "stock_availables":
        if int(row["id_shop"]):
            return int(row["id_shop"]) in scope.shops
        groups = {context.catalogue.table("shops")[shop]["id_shop_group"] for shop in scope.shops}
        return int(row["id_shop_group"]) > 0 and str(row["id_shop_group"]) in {str(group) for group in groups}
    return True


def shown_row(context: Context, found: Resource, row: Row, scope: Scope, stock: dict[str, str] | None = None) -> Row:
    """The row with another shop's values, the settings' and this version's laid over it.

    `stock` holds quantities by combination, for a caller that shows many rows.
    """
    own = context.catalogue.shop_values.get(scope.values_of, {}).get((found.name, row["id"]))
    row = {**row, **own} if own else row
    at = numbers(context.settings.version)
    if found.name == "configurations" and row["name"] in context.settings.configuration:
        row = row | {"value": context.settings.configuration[row["name"]]}
    elif found.name == "groups":
        row = row | context.settings.groups.get(row["id"], {})
    elif found.name == "languages" and context.settings.languages is not None:
        row = row | {"active": str(int(row["id"] in context.settings.languages))}
    elif found.name == "combinations" and at < (8,):
        held = quantities(context) if stock is None else stock
        row = row | {"quantity": held.get(str(row["id"]), "0"), "location": ""}
    elif found.name == "products":
        if at < (8,) and not isinstance(row["unit_price_ratio"], str):
            row = row | {"unit_price_ratio": f"{float(row['unit_price_ratio']):.6f}"}
        if scope.several and row.get("associations", {}).get("images"):
            images = row["associations"]["images"] * len(scope.shops)
            row = row | {"associations": row["associations"] | {"images": images}}
    return row


def quantities(context: Context) -> dict[str, str]:
    """The stock of every combination, which 1.7 repeats in `combinations`."""
    rows = context.catalogue.stock_availables.values()
    return {str(row["id_product_attribute"]): str(row["quantity"]) for row in rows}


def rows_of(context: Context, found: Resource, scope: Scope) -> list[Row]:
    """All rows of a resource that the shops asked for have."""
    table = context.catalogue.table(found.name)
    stock = quantities(context) if found.name == "combinations" else None
    rows = [row for row in table.values() if visible(context, found, row, scope)]
    result = [shown_row(context, found, row, scope, stock) for row in rows]
    if found.name == "configurations":
        stored = {row["name"] for row in result}
        for name, value in context.settings.configuration.items():
            if name not in stored:
                new = {
                    "id": 9000 + len(result),
                    "value": value,
                    "name": name,
                    "id_shop_group": "",
                    "id_shop": "",
                }
                result.append(new | {"date_add": "0000-00-00 00:00:00", "date_upd": "0000-00-00 00:00:00"})
    return result
