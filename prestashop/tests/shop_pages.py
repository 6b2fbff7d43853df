"""The product pages for customers, as far as machines read them: where an address leads, and what the theme states.

Prices are the shop's own sum. The form is that of PrestaShop's classic theme: JSON-LD in 8, microdata in 1.7, whose
machine-readable price stands in the attribute `content`.
"""

import json
import re
from urllib.parse import parse_qs

from catalogue import Catalogue, Row
from shop_answers import Answer, html
from shop_faults import PAGE_404
from shop_prices import Prices
from shop_settings import ShopSettings
from shop_truth import money, rule_against

FRIENDLY = re.compile(r"/pl/home/(\d+)(?:-(\d+))?-[a-z0-9-]+\.html")
#: Rules that hide the price or the buttons; the page is there all the same.
SHOWN = (None, "hidden", "not orderable", "no price shown")


def product_page(path: str, raw_query: str, base: str, catalogue: Catalogue, settings: ShopSettings) -> Answer | None:
    """What an address of a product answers; None where it is none of a product."""
    if settings.maintenance:
        return None
    if path == "/index.php":
        asked = {name: values[0] for name, values in parse_qs(raw_query).items()}
        if asked.get("controller") != "product" or not asked.get("id_product", "").isdigit():
            return None
        product, combination = asked["id_product"], asked.get("id_product_attribute", "")
        if int(product) not in catalogue.products:
            return html(404, PAGE_404)
        # Friendly addresses are switched on: the plain one leads there for good.
        middle = f"{product}-{combination}" if combination.isdigit() and int(combination) else product
        return Answer(301, b"", headers={"Location": f"{base}/pl/home/{middle}-{_slug(catalogue, product)}.html"})
    found = FRIENDLY.fullmatch(path)
    if found is None:
        return None
    row = catalogue.products.get(int(found[1]))
    prices = Prices(catalogue, settings)
    if row is None or rule_against(row, catalogue, prices) not in SHOWN:
        return html(404, PAGE_404)
    return html(200, _page(row, _chosen(row, int(found[2] or 0), catalogue), prices, catalogue, settings))


def _slug(catalogue: Catalogue, product: str) -> str:
    name = str(catalogue.products[int(product)]["name"][0]["value"]).lower()
    return re.sub(r"[^a-z0-9]+", "-", name).strip("-") or "produkt"


def _chosen(row: Row, asked: int, catalogue: Catalogue) -> Row | None:
    """The combination that is chosen: the one that was asked for, else the default one."""
    own = [one for _, one in sorted(catalogue.combinations.items()) if int(one["id_product"]) == int(row["id"])]
    wanted = next((one for one in own if int(one["id"]) == asked), None)
    return wanted or next((one for one in own if str(one["default_on"] or "") == "1"), own[0] if own else None)


def _page(row: Row, combination: Row | None, prices: Prices, catalogue: Catalogue, settings: ShopSettings) -> str:
    id_combination = int(combination["id"]) if combination else 0
    name = str(row["name"][0]["value"])
    gross = settings.page_prices.get(int(row["id"])) or money(prices, int(row["id"]), id_combination, reduced=True)
    price = f"{gross.normalize():f}"
    stock = next(
        one
        for one in catalogue.stock_availables.values()
        if (int(one["id_product"]), int(one["id_product_attribute"])) == (int(row["id"]), id_combination)
    )
    beyond = str(stock["out_of_stock"])
    allowed = prices.config("PS_ORDER_OUT_OF_STOCK", "0") if beyond not in ("0", "1") else beyond
    there = int(stock["quantity"]) > 0 or allowed == "1" or prices.config("PS_STOCK_MANAGEMENT", "1") != "1"
    state = f"https://schema.org/{'InStock' if there else 'OutOfStock'}"
    shown = rule_against(row, catalogue, prices) in (None, "hidden")
    # The theme names the product's codes, whichever combination is chosen.
    stated = {"name": name, "sku": str(row["reference"] or row["id"]), "gtin13": str(row["ean13"])}
    said = ""
    if settings.page_form == "json-ld":
        offer = {"@type": "Offer", "priceCurrency": "PLN", "price": price, "availability": state, "sku": stated["sku"]}
        data = {"@context": "https://schema.org/", "@type": "Product", **{k: v for k, v in stated.items() if v}}
        if shown:
            data["offers"] = offer  # type: ignore[assignment]
        said = f'<script type="application/ld+json">{json.dumps(data).replace("<", chr(92) + "u003c")}</script>'
    elif settings.page_form == "microdata":
        codes = "".join(
            f'<meta itemprop="{k}" content="{_escaped(v)}">' for k, v in stated.items() if v and k != "name"
        )
        offer_html = (
            '<div class="product-price" itemprop="offers" itemscope itemtype="https://schema.org/Offer">'
            f'<link itemprop="availability" href="{state}"/><meta itemprop="priceCurrency" content="PLN">'
            f'<span itemprop="price" content="{price}">{price.replace(".", ",")} zł</span></div>'
        )
        said = (
            f'<section id="main" itemscope itemtype="https://schema.org/Product">{codes}'
            f'<h1 itemprop="name">{_escaped(name)}</h1>{offer_html if shown else ""}</section>'
        )
    return f'<!doctype html><html lang="pl"><head><meta charset="utf-8"></head><body>{said}</body></html>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
