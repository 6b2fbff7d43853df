"""What this folder hands to the common command line: Shoper's questions, and where its merchants click."""

from __future__ import annotations

from gateway_importer.platform import Platform
from shoper_family.opening import FAMILY, source_of
from shoper_family.refusals import Clicks
from shoper_family.settings import shop_settings

PROVEN = (
    "proven against the vendor's documents and a simulated shop that is as strict as they are; no real Shoper shop was "
    "recorded yet: compare the first products with the shop's pages"
)
CLICKS = Clicks(
    title="Shoper",
    administrators="Administratorzy (their rights: Grupy administratorów)",
    integrations="the list of integrations (Dodaj integrację)",
    document="docs/shoper.md",
)
SETTINGS = shop_settings("SHOPER", "Shoper", where="a group with the access type 'dostęp do webapi'")

PLATFORM = Platform(
    name="shoper",
    title="Shoper",
    family=FAMILY,
    questions=SETTINGS.questions,
    settings=SETTINGS.options,
    open_source=source_of(SETTINGS, CLICKS, PROVEN),
)
