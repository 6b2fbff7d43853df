"""A lean Magento: products that are reckoned from their ids, so that a large shop costs nothing to hold. It answers
what the importer for Magento asks, believes every signature, and is as quick as Python allows. Simple products have the
ids from 1 on, configurable ones follow, and their children come last: members of a product lie far apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from bench.servers import End

GROUP = re.compile(r"searchCriteria\[filterGroups\]\[(\d+)\]\[filters\]\[0\]\[(field|conditionType|value)\]")
ADDRESSES = ("base_url", "base_link_url", "base_media_url")
COLOUR = 93
CONFIGURABLE = "configurable"


class MagentoEnd(End):
    """``simple`` products and ``configurable`` ones of ``children`` each; ``text`` bytes of description."""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/set", self.set)
        app.router.add_get("/stats", self.stats)
        app.router.add_get("/magento_version", self.version)
        app.router.add_get("/media/{path:.*}", self.picture)
        app.router.add_get("/rest/{view}/V1/{route:.*}", self.api)
        return app

    async def version(self, request: web.Request) -> web.Response:
        return web.Response(text="Magento/2.4 (Community)")

    async def picture(self, request: web.Request) -> web.Response:
        self.note("picture")
        await self.pause("picture")
        number = request.match_info["path"].encode()
        return web.Response(body=b"\xff\xd8\xff\xe0" + number.ljust(self.settings.get("picture", 50_000), b"."))

    async def api(self, request: web.Request) -> web.Response:
        route = request.match_info["route"]
        given = parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)
        kind = route.split("/website/")[0].rpartition("/")[2]
        self.note(kind)
        plain = self._plain(route, str(request.url.origin()))
        if plain is not None:
            return web.json_response(plain)
        ids, page = self._chosen(given), dict(given)
        size = int(page.get("searchCriteria[pageSize]", 300))
        shown = [one for one in ids if self._kind(one) != "child"] if kind == "products-render-info" else ids
        rows = shown[-size:][::-1] if page.get("searchCriteria[sortOrders][0][direction]") == "DESC" else shown[:size]
        make = {"products": self._row, "products-render-info": self._shown}.get(kind, self._salable)
        body = json.dumps({"items": [make(one) for one in rows], "total_count": len(shown)}).encode()
        await self.pause("page")
        return web.Response(body=body, content_type="application/json")

    # --- what there is

    @property
    def _bounds(self) -> tuple[int, int, int]:
        simple, parents = self.settings.get("simple", 0), self.settings.get("configurable", 0)
        return simple, simple + parents, simple + parents + parents * self.settings.get("children", 12)

    def _kind(self, number: int) -> str:
        simple, parents, _ = self._bounds
        return "simple" if number <= simple else CONFIGURABLE if number <= parents else "child"

    def _chosen(self, given: Iterable[tuple[str, str]]) -> Sequence[int]:
        """The ids that the conditions let through: all that matter here cut a range of ids, or name some."""
        groups: dict[str, dict[str, str]] = {}
        for name, value in given:
            if match := GROUP.fullmatch(name):
                groups.setdefault(match[1], {})[match[2]] = value
        simple, parents, last = self._bounds
        low, high, named = 1, last, None
        for one in groups.values():
            field, condition, value = one["field"], one["conditionType"], one["value"]
            if field == "visibility":
                low, high = (max(low, parents + 1), high) if value == "1" else (low, min(high, parents))
            elif field == "type_id" and condition == "eq":
                low, high = max(low, simple + 1), min(high, parents)
            elif field == "type_id" and not any(one["value"] == "1" for one in groups.values()):
                high = min(high, simple)  # others than configurable ones, with pages
            elif field == "entity_id" and condition == "gt":
                low = max(low, int(value) + 1)
            elif field == "entity_id" and condition == "lteq":
                high = min(high, int(value))
            elif field == "entity_id":
                named = [int(part) for part in value.split(",")]
        return range(low, high + 1) if named is None else [number for number in named if low <= number <= high]

    def _row(self, number: int) -> dict[str, Any]:
        kind = self._kind(number)
        extension: dict[str, Any] = {"website_ids": [1]}
        attributes: dict[str, Any] = {"tax_class_id": "4", "url_key": f"produkt-{number}"}
        simple, parents, _ = self._bounds
        every = self.settings.get("children", 12)
        if kind == CONFIGURABLE:
            first = parents + (number - simple - 1) * every + 1
            extension["configurable_product_links"] = list(range(first, first + every))
            values = [{"value_index": value} for value in range(1, every + 1)]
            extension["configurable_product_options"] = [
                {"attribute_id": str(COLOUR), "label": "Kolor", "position": 0, "values": values}
            ]
        if kind == "child":
            attributes["color"] = str((number - parents - 1) % every + 1)
        else:
            attributes["description"] = f"<p>Produkt {number} " + "opis towaru " * (
                self.settings.get("text", 200) // 12
            )
        gallery = []
        if kind == "simple" and number % self.settings.get("pictures", 1_000_000) == 0:
            picture = {"id": number, "media_type": "image", "position": 1, "disabled": False}
            gallery = [{**picture, "file": f"/p/r/{number}.jpg"}]
        return {
            "id": number, "sku": f"B-{number}", "name": f"Produkt {number}", "attribute_set_id": 4,
            "price": 0 if kind == CONFIGURABLE else 10 + number % 900, "status": 1,
            "visibility": 1 if kind == "child" else 4, "type_id": "simple" if kind == "child" else kind,
            "updated_at": "2026-11-20 08:00:00", "extension_attributes": extension, "media_gallery_entries": gallery,
            "tier_prices": [], "options": [], "product_links": [],
            "custom_attributes": [{"attribute_code": code, "value": value} for code, value in attributes.items()],
        }  # fmt: skip

    def _shown(self, number: int) -> dict[str, Any]:
        simple, parents, _ = self._bounds
        every = self.settings.get("children", 12)
        first = parents + (number - simple - 1) * every + 1
        price = min(10 + one % 900 for one in (range(first, first + every) if number > simple else [number]))
        without = dict.fromkeys(("final_price", "regular_price"), round(price / 1.23, 6))
        info: dict[str, Any] = {"final_price": price, "regular_price": price}
        info["extension_attributes"] = {"tax_adjustments": without}
        return {"id": number, "url": "", "price_info": info}

    def _salable(self, number: int) -> dict[str, Any]:
        return {"sku": f"B-{number}", "qty": number % 90 + 1, "is_salable": True}

    def _plain(self, route: str, origin: str) -> Any:
        """The small tables, and the one large list."""
        if route.startswith("inventory/dump-stock-index-data/"):
            return [self._salable(number) for number in range(1, self._bounds[2] + 1)]
        config = {"id": 1, "code": "default", "website_id": 1, "locale": "pl_PL", "base_currency_code": "PLN",
                  "timezone": "Europe/Warsaw", "weight_unit": "kgs"}  # fmt: skip
        for name in ADDRESSES:
            config[name] = config[f"secure_{name}"] = origin + ("/media/" if "media" in name else "/")
        options = [{"label": f"Kolor {value}", "value": str(value)} for value in range(1, 100)]
        colour = {"attribute_id": COLOUR, "attribute_code": "color", "frontend_input": "select", "options": options,
                  "default_frontend_label": "Kolor", "frontend_labels": [], "is_visible_on_front": "0"}  # fmt: skip
        listed: dict[str, list[dict[str, Any]]] = {
            "taxRules/search": [{"id": 1, "priority": 0, "customer_tax_class_ids": [3], "product_tax_class_ids": [4],
                                 "tax_rate_ids": [1], "calculate_subtotal": False}],
            "taxRates/search": [{"id": 1, "tax_country_id": "PL", "tax_region_id": 0, "tax_postcode": "*", "rate": 23}],
            "customerGroups/search": [{"id": 0, "code": "NOT LOGGED IN", "tax_class_id": 3}],
            "products/attributes": [colour],
            "categories/list": [{"id": 2, "parent_id": 1, "name": "Katalog", "position": 1, "path": "1/2"}],
        }  # fmt: skip
        if route in listed:
            return {"items": listed[route], "total_count": len(listed[route])}
        return {
            "store/websites": [{"id": 1, "code": "base", "name": "Sklep", "default_group_id": 1}],
            "store/storeGroups": [{"id": 1, "website_id": 1, "root_category_id": 2, "default_store_id": 1}],
            "store/storeViews": [{"id": 1, "code": "default", "name": "PL", "website_id": 1, "store_group_id": 1,
                                  "is_active": 1}],
            "store/storeConfigs": [config], "modules": ["Magento_InventoryExportStockApi"],
        }.get(route)  # fmt: skip
