"""The recorded shop: a running Magento Open Source 2.4.7-p3, as its answers of 2026-11-23 say it."""

from goods import RECORDINGS, Tables, recorded

RECORDED_AT = "2026-11-23T16:03:00+01:00"


def recorded_shop() -> Tables:
    """Its tables. Products were recorded in scope `all`, and what a store view has otherwise in that view; what visitors
    are shown, and stock, are given back as they were recorded."""
    tables = Tables()
    tables.websites = recorded("001-store-websites")
    tables.groups = recorded("002-store-groups")
    tables.views = recorded("003-store-views")
    tables.configs = recorded("004-store-configs")
    tables.tax_classes = recorded("011-tax-classes-all")["items"]
    tables.tax_rules = recorded("014-tax-rules")["items"]
    tables.tax_rates = recorded("012-tax-rates")["items"]
    tables.modules = recorded("008-modules")
    tables.attributes = {row["attribute_id"]: row for row in recorded("017-attributes-user-defined")["items"]}
    tables.categories = {row["id"]: row for row in recorded("035-categories-list")["items"]}
    tables.category_names = {("en", row["id"]): row["name"] for row in recorded("036-categories-list-en")["items"]}
    pages = ("042-products-keyset-1", "043-products-keyset-2", "044-products-keyset-3")
    tables.products = {row["id"]: row for page in pages for row in recorded(page)["items"]}
    for view, name in (
        ("default", "050-products-default-store"),
        ("en", "051-products-en-store"),
        ("b2b_pl", "052-products-b2b-store"),
    ):
        for row in recorded(name)["items"]:
            scoped = {field: row[field] for field in ("name", "price", "status", "visibility") if field in row}
            tables.scoped.setdefault(view, {})[row["id"]] = scoped
    exported = (*recorded("156-export-salable-base")["items"], *recorded("157-export-salable-base-2")["items"])
    tables.dumped = {"base": recorded("159-dump-stock-base")}
    # What can be ordered was recorded of the products up to 100; the index says the same of what is not special.
    tables.exported = {"base": {row["sku"]: row for row in (*tables.dumped["base"], *exported)}}
    tables.shown = {"default": {row["id"]: row for row in recorded("168-render-info-fields")["items"]}}
    _files(tables)
    return tables


def _files(tables: Tables) -> None:
    """Three pictures were recorded; their bytes stand for those of all others, each with a mark of its own."""
    bodies = [(RECORDINGS / name).read_bytes() for name in ("179-image-0.jpg", "180-image-1.jpg", "182-image-3.png")]
    for row in tables.products.values():
        for entry in row["media_gallery_entries"]:
            kind = bodies[2] if entry["file"].endswith(".png") else bodies[0]
            tables.files[entry["file"]] = kind + entry["file"].encode()
    tables.files["/k/u/kubek-przod.jpg"], tables.files["/k/u/kubek-tyl.jpg"] = bodies[0], bodies[1]
