"""The shops' own tags with their members, beside the marketplace's categories."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable

from .answers import Json, Refusal, only
from .categories import Category, CategoryTree, planted
from .product_body import is_guid
from .store import Store, StoredTag

TAG_NAMESPACE = uuid.UUID("0d1f3f0a-93c4-5b9e-8b57-3c2f1f8b6c11")


class TagBook:
    """All tags, and which products carry them. The tables are the truth; this is what they say, at hand."""

    def __init__(self, store: Store, categories: Callable[[], CategoryTree]) -> None:
        self._store = store
        self._tree = categories
        self._planted: tuple[CategoryTree, tuple[Category, ...]] | None = None
        self._categories: dict[str, Category] = {}
        self._own: dict[str, StoredTag] = {tag.guid: tag for tag in store.tags()}
        self._members: dict[str, dict[str, None]] = {}

    @property
    def roots(self) -> tuple[Category, ...]:
        tree = self._tree()
        if self._planted is None or self._planted[0] is not tree:
            self._planted = (tree, planted(tree))
            self._categories = {each.guid: each for root in self._planted[1] for each in root.walk()}
        return self._planted[1]

    @property
    def categories(self) -> dict[str, Category]:
        _ = self.roots
        return self._categories

    def own(self, shop: str) -> list[Json]:
        return [self.tag_object(tag) for tag in self._own.values() if tag.shop == shop]

    def create(self, shop: str, body: Json) -> Json:
        """A new tag of a shop. Its guid follows from shop and name alone; the type does not matter.

        ASSUMED: the namespace and the exact string, which no client may compute.
        """
        only(body, frozenset({"name", "type"}), "")
        for field in ("name", "type"):
            if not isinstance(body.get(field), str) or not body[field].strip():
                raise Refusal(400, f"{field} must be text and not empty")
        if body["type"] == "category":
            raise Refusal(400, "type: categories belong to the marketplace")
        guid = str(uuid.uuid5(TAG_NAMESPACE, f"{shop}:{body['name']}"))
        if guid in self._own:
            raise Refusal(409, f'"Tag ({guid}) already exists"')
        tag = StoredTag(guid, shop, body["name"], body["type"])
        self._store.add_tag(tag)
        self._own[guid] = tag
        return self.tag_object(tag)

    def remove(self, shop: str, guid: str) -> list[str]:
        """Drop a tag; answers the products that carried it."""
        self.need_own(shop, guid)
        self._store.remove_tag(guid)
        del self._own[guid]
        return list(self._members.pop(guid, ()))

    def need_own(self, shop: str, guid: str) -> None:
        if guid not in self._own or self._own[guid].shop != shop:
            raise Refusal(404, f"There is no tag {guid} in shop {shop}")

    def exists(self, shop: str, guid: str) -> bool:
        """Whether a shop's product may carry this tag."""
        tag = self._own.get(guid)
        return guid in self.categories if tag is None else tag.shop == shop

    def is_variant_tag(self, guid: str) -> bool:
        tag = self._own.get(guid)
        return tag is not None and tag.type == "variant"

    def brief(self, guid: str) -> Json | None:
        """A tag as a product object shows it."""
        if tag := self._own.get(guid):
            return {"guid": guid, "name": tag.name, "type": tag.type}
        if category := self.categories.get(guid):
            return {"guid": guid, "name": category.name, "type": "category"}
        return None

    def tag_object(self, tag: StoredTag) -> Json:
        members = list(self._members.get(tag.guid, ()))
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

    def carried(self, product: str, old: Iterable[str], new: Iterable[str]) -> None:
        """Note that a product changed its tags."""
        for guid in old:
            self._members.get(guid, {}).pop(product, None)
        for guid in new:
            self._members.setdefault(guid, {})[product] = None


def check_membership(body: Json) -> tuple[list[str], list[str]]:
    """The guids to add and to delete of `PUT /product_tags/{guid}`."""
    only(body, frozenset({"add", "delete"}), "")
    lists = []
    for field in ("add", "delete"):
        guids = body.get(field, [])
        if not isinstance(guids, list) or not all(map(is_guid, guids)):
            raise Refusal(400, f"{field} must be a list of product guids, lower case with dashes")
        lists.append(guids)
    if not lists[0] and not lists[1]:
        raise Refusal(400, "add or delete must name a product")
    return lists[0], lists[1]
