"""What the Gateway holds at this moment: products and tags, each shop's own, and which product hangs on which tag."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from .answers import Json, Refusal

TAG_NAMESPACE = uuid.UUID("3d1f0b52-52e6-5a43-8a0f-6f0f6f3f1a10")


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredProduct:
    """One version of a product. A change makes a new version, so that an index may still hold the old one."""

    guid: str
    shop: str
    number: int
    """Counts up over all products, in the order in which they were created."""
    archived: bool
    for_sale: bool
    stock_level: int | None
    product: Json
    created: str
    updated: str
    deleted_from: Sequence[str] = ()
    """Which of the two DELETEs were called: both are needed."""

    def raw(self) -> Json:
        return {
            "guid": self.guid,
            "archived": self.archived,
            "for_sale": self.for_sale,
            "stock_level": self.stock_level,
            "product": self.product,
            "timestamps": {"created": self.created, "updated": self.updated},
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredTag:
    """A shop's own tag."""

    guid: str
    shop: str
    name: str
    type: str


class Keeper(Protocol):
    """Where the catalogue writes what must outlive it."""

    def save_products(self, products: Iterable[StoredProduct]) -> None: ...
    def drop_product(self, guid: str) -> None: ...
    def save_tag(self, tag: StoredTag) -> None: ...
    def drop_tag(self, guid: str) -> None: ...


class Index(Protocol):
    """The search index that follows the catalogue, later."""

    def put(self, product: StoredProduct) -> None: ...
    def remove(self, guid: str) -> None: ...


class Catalogue:
    """All shops' products and tags in memory, written through to the keeper and announced to the index."""

    def __init__(self, keeper: Keeper, index: Index) -> None:
        self._keeper = keeper
        self._index = index
        self._products: dict[str, StoredProduct] = {}
        self._of_shop: dict[str, dict[str, None]] = {}
        self._members: dict[str, dict[str, None]] = {}
        self._tags: dict[str, StoredTag] = {}
        self._tags_of_shop: dict[str, dict[str, None]] = {}
        self._numbers = 0

    def load(self, products: Iterable[StoredProduct], tags: Iterable[StoredTag]) -> None:
        """Take over what an earlier sandbox kept; it is in the index at once."""
        for tag in tags:
            self._place_tag(tag)
        for product in products:
            self._place(product)
            self._numbers = max(self._numbers, product.number)

    # --- products --------------------------------------------------------------------------------------------

    def products(self, shop: str | None = None) -> Iterator[StoredProduct]:
        """In the order in which they were created."""
        guids = self._products if shop is None else self._of_shop.get(shop, {})
        return (self._products[guid] for guid in list(guids))

    def product(self, shop: str, guid: str) -> StoredProduct:
        found = self._products.get(guid)
        if found is None or found.shop != shop:
            raise Refusal(404, f"The product {guid} does not exist in shop {shop}")
        return found

    def any_product(self, guid: str) -> StoredProduct | None:
        return self._products.get(guid)

    def create(self, shop: str, elements: Sequence[Json]) -> list[StoredProduct]:
        """All of one request at one moment, as one transaction."""
        now = moment()
        made = []
        for element in elements:
            self._numbers += 1
            made.append(
                StoredProduct(
                    guid=str(uuid.uuid4()),
                    shop=shop,
                    number=self._numbers,
                    archived=element["archived"],
                    for_sale=element["for_sale"],
                    stock_level=element.get("stock_level"),
                    product=element["product"],
                    created=now,
                    updated=now,
                )
            )
        self._keep(made)
        return made

    def change(self, product: StoredProduct, change: Json) -> StoredProduct:
        """What the change leaves out stays, in the product's own fields too; what it gives is replaced whole."""
        outer = {name: value for name, value in change.items() if name != "product"}
        inner = {**product.product, **change.get("product", {})}
        changed = replace(product, product=inner, updated=moment(), **outer)
        self._keep([changed])
        return changed

    def delete(self, product: StoredProduct, side: str) -> None:
        """One of the two DELETEs; the product goes when both were called."""
        if side in product.deleted_from:
            raise Refusal(404, f"The product {product.guid} does not exist in shop {product.shop}")
        if not product.deleted_from:
            self._keep([replace(product, deleted_from=(side,))])
            return
        self._unplace(product)
        self._keeper.drop_product(product.guid)
        self._index.remove(product.guid)

    def _keep(self, products: Sequence[StoredProduct]) -> None:
        self._keeper.save_products(products)
        for product in products:
            self._place(product)

    def _place(self, product: StoredProduct) -> None:
        if old := self._products.get(product.guid):
            for tag in old.product["tag_guids"]:
                self._members[tag].pop(product.guid, None)
        self._products[product.guid] = product
        self._of_shop.setdefault(product.shop, {})[product.guid] = None
        for tag in product.product["tag_guids"]:
            self._members.setdefault(tag, {})[product.guid] = None
        self._index.put(product)

    def _unplace(self, product: StoredProduct) -> None:
        del self._products[product.guid]
        del self._of_shop[product.shop][product.guid]
        for tag in product.product["tag_guids"]:
            self._members[tag].pop(product.guid, None)

    # --- tags ------------------------------------------------------------------------------------------------

    def tags(self, shop: str) -> Iterator[StoredTag]:
        return (self._tags[guid] for guid in list(self._tags_of_shop.get(shop, {})))

    def tag(self, guid: str) -> StoredTag | None:
        return self._tags.get(guid)

    def members(self, tag: str, shop: str) -> list[str]:
        return [guid for guid in self._members.get(tag, {}) if self._products[guid].shop == shop]

    def create_tag(self, shop: str, name: str, kind: str) -> StoredTag:
        """Its guid follows from shop and name ALONE, so a tag of another type holds the name as well."""
        guid = str(uuid.uuid5(TAG_NAMESPACE, f"{shop}/{name}"))
        if guid in self._tags:
            # The quotation marks are part of the recorded message.
            raise Refusal(409, f'"Tag ({guid}) already exists"')
        tag = StoredTag(guid=guid, shop=shop, name=name, type=kind)
        self._keeper.save_tag(tag)
        self._place_tag(tag)
        return tag

    def delete_tag(self, tag: StoredTag) -> None:
        """ASSUMED: a tag that goes leaves the products that carried it, and takes nothing else from them."""
        self.assign(tag.guid, tag.shop, add=[], delete=self.members(tag.guid, tag.shop))
        del self._tags[tag.guid]
        del self._tags_of_shop[tag.shop][tag.guid]
        self._members.pop(tag.guid, None)
        self._keeper.drop_tag(tag.guid)

    def assign(self, tag: str, shop: str, *, add: Sequence[str], delete: Sequence[str]) -> None:
        """Hang products on a tag and take others off; all of them must exist, or nothing happens."""
        changed: dict[str, StoredProduct] = {guid: self.product(shop, guid) for guid in (*add, *delete)}
        now = moment()
        for guid, product in changed.items():
            tags = [held for held in product.product["tag_guids"] if held != tag or guid not in delete]
            if guid in add and tag not in tags:
                tags.append(tag)
            changed[guid] = replace(product, product={**product.product, "tag_guids": tags}, updated=now)
        if changed:
            self._keep(list(changed.values()))

    def as_answer(self, tag: StoredTag) -> dict[str, Any]:
        members = self.members(tag.guid, tag.shop)
        return {
            "guid": tag.guid,
            "name": tag.name,
            "type": tag.type,
            "owner": tag.shop,
            "active": True,
            "parent_guid": None,
            "images": [],
            "item_count": len(members),
            "product_guids": members,
            "subtags": [],
            "data": {},
            "duration": None,
        }

    def _place_tag(self, tag: StoredTag) -> None:
        self._tags[tag.guid] = tag
        self._tags_of_shop.setdefault(tag.shop, {})[tag.guid] = None


def moment() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
