"""What this folder hands to the common command line."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from gateway_importer.http import Http, Limits
from gateway_importer.options import (
    FIRST_PAUSE,
    IMAGE_BYTES,
    IMAGE_CONCURRENCY,
    PATIENCE,
    SHOP_CONCURRENCY,
    SHOP_RATE,
    TRIES,
)
from gateway_importer.platform import Platform
from gateway_importer.settings import Values
from gateway_importer.source import Source
from idosell_family.settings import FAMILY

from iai_importer.client import Client
from iai_importer.pictures import PictureFolder
from iai_importer.settings import OFFER, OPTIONS, QUESTIONS, TITLE, OnDisk, Shared
from iai_importer.source import OfferSource
from iai_importer.survey import Survey

PROVEN = (
    "proven against the vendor's documents and a simulated shop that is as strict as they are; no real shop's offer "
    "was recorded yet: compare the first products with the shop's pages"
)
LONGEST_FILE = 4 * 3600.0  # seconds in which the largest file has come


def open_source(values: Values, http: Http) -> Source:
    """The source of an offer; nothing is sent yet."""
    files = Limits(
        concurrency=values[SHOP_CONCURRENCY],
        per_second=values.get(SHOP_RATE),
        attempts=values[TRIES],
        first_pause=values[FIRST_PAUSE],
        patience=values[PATIENCE],
        whole_body=LONGEST_FILE,
    )
    pictures = Limits(
        concurrency=values[IMAGE_CONCURRENCY],
        attempts=values[TRIES],
        first_pause=values[FIRST_PAUSE],
        patience=values[PATIENCE],
        max_body=values[IMAGE_BYTES],
    )
    offer = values[OFFER]
    client = None
    if not isinstance(offer, OnDisk):
        base = offer.addresses[0] if isinstance(offer, Shared) else _secure(offer.url)
        client = Client(http, base, files, tries=values[TRIES], first_pause=values[FIRST_PAUSE])
        for other in offer.addresses if isinstance(offer, Shared) else ():
            http.guard.trust(other)
    return OfferSource(Survey(values, client), PictureFolder(http, pictures), values, PROVEN)


def _secure(address: str) -> str:
    """Every such shop has https: credentials never go out in clear, but to this machine or a private network."""
    host = urlsplit(address).hostname or ""
    try:
        inside = host == "localhost" or ipaddress.ip_address(host).is_private
    except ValueError:
        inside = False
    return address if inside or not address.startswith("http://") else "https://" + address.removeprefix("http://")


PLATFORM = Platform(
    name="iai",
    title=TITLE,
    family=FAMILY,
    questions=QUESTIONS,
    settings=OPTIONS,
    open_source=open_source,
)
