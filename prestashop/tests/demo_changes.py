"""Changes to the made-up catalogue that somebody wants to see imported: a small file of columns by product."""

import json
from pathlib import Path

from catalogue import Catalogue


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
