"""What this folder hands to the common command line: ClickShop's questions, and where its merchants click. ClickShop is
Shoper's software, sold by home.pl."""

from __future__ import annotations

from gateway_importer.platform import Platform
from shoper_family.opening import FAMILY, source_of
from shoper_family.refusals import Clicks
from shoper_family.settings import shop_settings

PROVEN = (
    "proven against the documents of Shoper's software, which ClickShop is, and a simulated shop that is as strict "
    "as they are; no real ClickShop was recorded yet: compare the first products with the shop's pages"
)
CLICKS = Clicks(
    title="ClickShop",
    administrators="Administratorzy (their rights: Grupy administratorów)",
    integrations="the list of integrations (Dodaj integrację)",
    document="docs/clickshop.md",
)
SETTINGS = shop_settings("CLICKSHOP", "ClickShop", where="a group with the access type 'dostęp do webapi'")

PLATFORM = Platform(
    name="clickshop",
    title="ClickShop",
    family=FAMILY,
    questions=SETTINGS.questions,
    settings=SETTINGS.options,
    open_source=source_of(SETTINGS, CLICKS, PROVEN),
)
