"""The imported catalogue in a browser, as a customer would see it, with the raw product beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import jinja2
import msgspec
from aiohttp import web

from .answers import Refusal, encode
from .catalogue import Catalogue, StoredProduct
from .categories import Marketplace
from .pictures import PictureStore, address
from .products import gross_price
from .settings import SandboxSettings

PER_PAGE = 24
NOT_COUNTED = 100_001  # what clients send for goods whose stock nobody counts
PICTURES = "/sandbox/pictures/"
"""Pictures for this page come by a route of their own, so that looking at it leaves no trace in the log."""

FRAME_STYLE = "<style>body{font:15px/1.55 system-ui,sans-serif;color:#23211e;margin:0}img{max-width:100%}</style>"
POLICY = "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'"


def zloty(amount: Decimal) -> str:
    """`1 234,56 zł`, with blanks that do not break."""
    return f"{amount:,.2f}".replace(",", "\N{NO-BREAK SPACE}").replace(".", ",") + "\N{NO-BREAK SPACE}zł"


@dataclass(frozen=True)
class Card:
    """What a customer takes for one product: the products that share a variant tag."""

    members: Sequence[StoredProduct]
    tag: str | None

    @property
    def first(self) -> StoredProduct:
        return self.members[0]

    @property
    def name(self) -> str:
        return self.tag or str(self.first.product["name"])

    @cached_property
    def shown(self) -> Sequence[StoredProduct]:
        return [member for member in self.members if not member.archived]

    @property
    def price(self) -> str:
        prices = sorted(gross_price(member.product) for member in (self.shown or self.members))
        return zloty(prices[0]) if prices[0] == prices[-1] else f"{zloty(prices[0])} – {zloty(prices[-1])}"

    @property
    def for_sale(self) -> bool:
        return any(member.for_sale for member in self.shown)

    @property
    def stock(self) -> str:
        levels = [member.stock_level for member in (self.shown or self.members)]
        return stock_words(levels)

    @property
    def images(self) -> list[str]:
        return list(dict.fromkeys(image for member in self.members for image in member.product["images"]))

    @property
    def category_guids(self) -> set[str]:
        return {guid for member in self.members for guid in member.product["tag_guids"]}

    def mentions(self, words: Sequence[str]) -> bool:
        text = " ".join(f"{member.product['name']} {member.product['sku']}" for member in self.members).casefold()
        return all(word in text for word in words)


def stock_words(levels: Sequence[int | None]) -> str:
    known = [level for level in levels if level is not None]
    if any(level >= NOT_COUNTED for level in known):
        return "always in stock"
    if not known:
        return "stock unknown"
    return f"{sum(known)} in stock" if sum(known) else "out of stock"


class PageRoutes:
    """The two pages, and the pictures that they show."""

    def __init__(
        self, settings: SandboxSettings, catalogue: Catalogue, pictures: PictureStore, marketplace: Marketplace
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._pictures = pictures
        self._marketplace = marketplace
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("gateway_importer.sandbox", "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._templates.globals.update(picture=self._picture, stock_words=stock_words, frame_style=FRAME_STYLE)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.grid),
            web.get("/product/{guid}", self.product),
            web.get(PICTURES + "{key:.+}", self.picture),
        ]

    async def grid(self, request: web.Request) -> web.StreamResponse:
        shop = self._shop(request)
        chosen, text = request.query.get("category", ""), request.query.get("q", "").strip()
        with_archived = request.query.get("archived") == "1"
        cards = [card for card in self._cards(shop) if with_archived or card.shown]
        counts: dict[str, int] = {}
        for card in cards:
            for guid in card.category_guids:
                counts[guid] = counts.get(guid, 0) + 1
        words = text.casefold().split()
        found = [card for card in cards if (not chosen or chosen in card.category_guids) and card.mentions(words)]
        pages = max(1, -(-len(found) // PER_PAGE))
        page = min(max(1, _number(request.query.get("page", ""))), pages)
        kept = {"shop": shop, "category": chosen, "q": text, "archived": "1" if with_archived else ""}
        return self._show(
            "grid.html",
            title="The imported catalogue",
            shop=shop,
            shops=list(self._settings.shops),
            cards=found[(page - 1) * PER_PAGE : page * PER_PAGE],
            found=len(found),
            objects=sum(len(card.members) for card in found),
            page=page,
            pages=pages,
            kept={name: value for name, value in kept.items() if value},
            with_archived=with_archived,
            chosen=chosen,
            chosen_path=self._path(chosen),
            text=text,
            categories=[
                (node.guid, node.name, len(node.path) - 1, counts[node.guid])
                for root in self._marketplace.roots
                for node in root.walk()
                if counts.get(node.guid)
            ],
        )

    async def product(self, request: web.Request) -> web.StreamResponse:
        guid = request.match_info["guid"]
        asked = self._catalogue.any_product(guid)
        if asked is None:
            raise Refusal(404, f"The product {guid} does not exist")
        card = next(card for card in self._cards(asked.shop) if asked in card.members)
        options = list(
            dict.fromkeys(name for member in card.members for name in member.product["data"].get("variants", {}))
        )
        raw = {"shop": asked.shop, **asked.raw()}
        return self._show(
            "product.html",
            title=card.name,
            shop=asked.shop,
            card=card,
            asked=asked,
            price=zloty(gross_price(asked.product)),
            options=options,
            rows=[(member, zloty(gross_price(member.product)), _gtin(member.product)) for member in card.members],
            paths=[self._path(path) for path in self._deepest(card.category_guids)],
            images=list(dict.fromkeys([*asked.product["images"], *card.images])),
            raw=msgspec.json.format(encode(raw), indent=2).decode(),
        )

    async def picture(self, request: web.Request) -> web.StreamResponse:
        found = self._pictures.find(request.match_info["key"])
        if found is None:
            raise Refusal(404, "There is no such picture")
        record, file = found
        headers = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
        return web.FileResponse(file, headers={"Content-Type": record.content_type, **headers})

    # --- what is shown ---------------------------------------------------------------------------------------

    def _shop(self, request: web.Request) -> str:
        asked = request.query.get("shop", "")
        return asked if asked in self._settings.shops else next(iter(self._settings.shops), "")

    def _cards(self, shop: str) -> Iterator[Card]:
        """In the order in which each one's first product was created, newest first."""
        names = {tag.guid: tag.name for tag in self._catalogue.tags(shop) if tag.type == "variant"}
        groups: dict[str, list[StoredProduct]] = {}
        for stored in self._catalogue.products(shop):
            key = next((tag for tag in stored.product["tag_guids"] if tag in names), stored.guid)
            groups.setdefault(key, []).append(stored)
        for key, members in reversed(groups.items()):
            # A tag's name may carry an id to tell two products of one name apart; a name that all share is nicer.
            shared = {str(member.product["name"]) for member in members}
            yield Card(members, None if len(shared) == 1 else names.get(key))

    def _deepest(self, guids: set[str]) -> list[str]:
        nodes = [self._marketplace.by_guid[guid] for guid in guids if guid in self._marketplace.by_guid]
        inner = {node.path[:depth] for node in nodes for depth in range(1, len(node.path))}
        return [node.guid for node in sorted(nodes, key=lambda node: node.path) if node.path not in inner]

    def _path(self, guid: str) -> tuple[str, ...]:
        node = self._marketplace.by_guid.get(guid)
        return node.path if node else ()

    def _picture(self, url: str) -> str:
        """A picture of this store under this server's own address, which may have changed since it was sent."""
        key = self._pictures.key_of(url)
        return url if key is None else address(PICTURES, key)

    def _show(self, template: str, **values: Any) -> web.Response:
        text = self._templates.get_template(template).render(**values)
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": POLICY})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _gtin(product: dict[str, Any]) -> str:
    found = product["data"].get("gtin") or product["data"].get("ean")
    return found if isinstance(found, str) else ""
