"""What the demonstration does to the made-up shop: two pictures are lost, and a small file may change columns."""

import json
from pathlib import Path

from catalogue import Catalogue
from shop_settings import PictureFault


def changed(catalogue: Catalogue, path: Path) -> None:
    """Applies `{"products": {"12": {"price": "9.990000"}}, "deleted": [13]}`, if the file is there.

    Every other resource may stand beside `products` in the same way.
    """
    if not path.exists():
        return
    wanted = json.loads(path.read_text(encoding="utf-8"))
    for id_product in wanted.pop("deleted", []):
        catalogue.delete_product(int(id_product))
    for resource, rows in wanted.items():
        for id_row, columns in rows.items():
            catalogue.table(resource)[int(id_row)].update(columns)


def lost_pictures(catalogue: Catalogue) -> dict[int, PictureFault]:
    """The only two pictures that cannot be had: one is not on the disk, in the place of the other is a page.

    Their products have others left, and come in with those.
    """
    many = []
    for id_product, row in sorted(catalogue.products.items()):
        links = row["associations"].get("images", [])
        plain = id_product not in catalogue.broken and row["active"] == "1" and row["visibility"] == "both"
        if plain and len(links) > 2 and not row["associations"].get("combinations"):
            many.append(int(links[-1]["id"]))
    return dict(zip(many[4:], ("missing", "html"), strict=False))
