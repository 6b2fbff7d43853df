"""What both ways into such a shop ask for alike."""

from __future__ import annotations

from gateway_importer.settings import Setting, one_of

TOGETHER, SEPARATE = "together", "separate"

FAMILY = "idosell"  # in identities, ledgers and marks; whichever way the catalogue is read

VERSIONS = Setting(
    "VERSIONS", one_of(TOGETHER, SEPARATE),
    "Versions of a product (colours, say), which are products of their own in the shop: one product with a variant for "
    "every version and size, or each a product of its own.",
    default=TOGETHER, group="IdoSell", choices=(TOGETHER, SEPARATE),
)  # fmt: skip
