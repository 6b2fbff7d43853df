"""What this folder hands to the common command line: Forteca's questions, over the formats that any program gives."""

from __future__ import annotations

from feeds_family.opening import platform_of
from feeds_family.profile import Profile
from feeds_family.settings import questions

PROVEN = (
    "proven with the documents of the formats that it reads (Ceneo, Google Merchant, CSV, XLSX, XLS) and with real "
    "files of other shops; with Forteca itself it is not proven yet: no file of it was to be had"
)
UNKNOWN = (
    "No interface of Forteca's own is known. This program reads what it can export: Ceneo XML, Google Merchant (RSS, "
    "Atom, TSV), CSV, XLSX, XLS. The formats are proven, the product is not yet: compare the first products with it."
)

PLATFORM = platform_of(
    "forteca",
    Profile(
        title="Forteca",
        questions=questions(
            "FORTECA",
            "Forteca",
            first="the feed or table of products",
            second="the feed with stock (Ceneo), or a table of stock",
        ),
        proven=PROVEN,
        unknown=UNKNOWN,
        document="docs/forteca.md",
    ),
)
