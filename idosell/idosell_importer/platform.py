"""What this folder hands to the common command line: IdoSell's questions, and the source made from the answers."""

from __future__ import annotations

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
from gateway_importer.public_pictures import PublicPictures
from gateway_importer.settings import Values
from gateway_importer.source import Source
from idosell_family.settings import FAMILY

from idosell_importer.client import Client
from idosell_importer.connection import Connection
from idosell_importer.settings import IDOSELL_KEY, IDOSELL_URL, IDOSELL_VERSION, OPTIONS, QUESTIONS
from idosell_importer.source import IdoSellSource

PROVEN = (
    "proven against the vendor's documents and a simulated shop that is stricter than they are; no real IdoSell shop "
    "was recorded yet: compare the first products with the shop's pages"
)


def open_source(values: Values, http: Http) -> Source:
    """The source of the shop that the answers name; nothing is sent yet."""
    calls = Limits(
        concurrency=values[SHOP_CONCURRENCY],
        per_second=values.get(SHOP_RATE),
        total=120.0,  # a page of a hundred products with all their texts takes its time
        attempts=values[TRIES],
        first_pause=values[FIRST_PAUSE],
        patience=values[PATIENCE],
    )
    pictures = Limits(
        concurrency=values[IMAGE_CONCURRENCY],
        attempts=values[TRIES],
        first_pause=values[FIRST_PAUSE],
        patience=values[PATIENCE],
        max_body=values[IMAGE_BYTES],
    )
    connection = Connection(http, values[IDOSELL_URL], values[IDOSELL_KEY], values[IDOSELL_VERSION], calls)
    return IdoSellSource(Client(connection), PublicPictures(http, connection.base, pictures), values, PROVEN)


PLATFORM = Platform(
    name="idosell",
    title="IdoSell",
    family=FAMILY,
    questions=QUESTIONS,
    settings=OPTIONS,
    open_source=open_source,
)
