"""The rights that an import needs, by the words of the admin's tree (System > Integrations > API)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WHERE = "System > Integrations > the integration > API"


@dataclass(frozen=True, slots=True)
class Right:
    """A box in the tree, what it is needed for, and what its lack costs: ``""`` where nothing can be imported
    without it."""

    box: str
    use: str
    cost: str = ""

    @property
    def needed(self) -> bool:
        return not self.cost


PRODUCTS = "Magento_Catalog::products"
STORES = "Magento_Backend::store"
TAXES = "Magento_Tax::manage_tax"
ATTRIBUTES = "Magento_Catalog::attributes_attributes"
SALES_STOCK = "Magento_InventorySalesApi::stock"
STOCKS = "Magento_InventoryApi::stock"
CATEGORIES = "Magento_Catalog::categories"
INVENTORY = "Magento_Catalog::catalog_inventory"
STOCK_FIELDS = "Magento_CatalogInventory::cataloginventory"
GROUPS = "Magento_Customer::group"

#: By ACL name. Labels vary a little between versions, these names do not.
RIGHTS: Mapping[str, Right] = {
    PRODUCTS: Right("Catalog > Inventory > Products", "the products themselves"),
    STORES: Right("Stores > Settings > All Stores", "which websites and store views there are"),
    TAXES: Right("Stores > Taxes", "the rates of VAT"),
    ATTRIBUTES: Right("Stores > Attributes > Product", "the names of sizes, colours and brands"),
    STOCKS: Right("Stores > Inventory > Stocks", "how many can be sold", "stock is unknown and left out"),
    CATEGORIES: Right(
        "Catalog > Inventory > Categories", "categories", "products come in without categories of the marketplace"
    ),
    INVENTORY: Right(
        "Catalog > Inventory", "the older stock items",
        "of a shop without the inventory modules stock is unknown and left out",
    ),
    GROUPS: Right(
        "Customers > Customer Groups", "the tax class of visitors",
        "visitors are taken to be of the shop's first customer tax class",
    ),
    STOCK_FIELDS: Right(
        "Stores > Settings > Configuration > Inventory Section", "the stock item in a product",
        "the shop leaves this field out without a word: goods that are not counted cannot be confirmed by it",
    ),
}  # fmt: skip

#: Words of other rights, for the text of a refusal alone.
OTHERS: Mapping[str, str] = {
    "Magento_Catalog::catalog": "Catalog (the top box)",
    "Magento_Catalog::sets": "Stores > Attributes > Attribute Set",
    "Magento_InventoryApi::source": "Stores > Inventory > Sources",
    SALES_STOCK: "Stores > Inventory > Stocks > Sales Stock",
}


def box_of(resource: str) -> str:
    """The box's words with its ACL name, however well it is known."""
    right = RIGHTS.get(resource)
    words = right.box if right is not None else OTHERS.get(resource, "")
    return f"'{words}' ({resource})" if words else f"the box of {resource}"


def tick(resource: str) -> str:
    return f"In the admin open {WHERE}, tick {box_of(resource)}, save, and press Reauthorize."
