"""What this folder hands to the common command line: Retalia's questions, over the formats that any program gives."""

from __future__ import annotations

from feeds_family.opening import platform_of
from feeds_family.profile import Profile
from feeds_family.settings import questions

PROVEN = (
    "proven with the documents of the formats that it reads (Ceneo, Google Merchant, CSV, XLSX, XLS) and with real "
    "files of other shops; with Retalia itself it is not proven yet: no file of it was to be had"
)
UNKNOWN = (
    "No interface of Retalia's own is known. This program reads what it can export: Ceneo XML, Google Merchant (RSS, "
    "Atom, TSV), CSV, XLSX, XLS. The formats are proven, the product is not yet: compare the first products with it."
)
#: What the tables of this profile's own sample mean (docs/retalia.md); a table with other columns needs a map of its
#: own.
PRODUCTS = """column;meaning;decimal
symbol;id + sku;
nazwa;name;
ean;gtin;
cena_brutto;gross;,
vat;vat;
kategoria;category;
marka;brand;
opis;description;
zdjecia;image;
"""
STOCK = """column;meaning;decimal
symbol;id;
sklep;warehouse;
ilosc;stock;none
"""

PLATFORM = platform_of(
    "retalia",
    Profile(
        title="Retalia",
        questions=questions(
            "RETALIA", "Retalia", first="the table of products, or the feed", second="the table of stock"
        ),
        proven=PROVEN,
        unknown=UNKNOWN,
        document="docs/retalia.md",
        ready=(PRODUCTS, STOCK),
    ),
)
