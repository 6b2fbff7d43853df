"""What this folder hands to the common command line: the shop system's name, its settings, its source."""

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
from gateway_importer.settings import Values
from gateway_importer.source import Source

from prestashop_importer.client import Client
from prestashop_importer.connection import Connection
from prestashop_importer.pictures import PictureHouse
from prestashop_importer.settings import OPTIONS, PRESTASHOP_KEY, PRESTASHOP_URL, QUESTIONS
from prestashop_importer.source import PrestaShopSource


def open_source(values: Values, http: Http) -> Source:
    """The shop that the answers name; nothing is sent yet."""
    allowed = values.get(SHOP_RATE)
    # Pages and pictures come from one server under two paces, which together keep to its rate.
    each = allowed / 2 if allowed is not None else None
    pages = Limits(
        concurrency=values[SHOP_CONCURRENCY],
        per_second=each,
        attempts=values[TRIES],
        first_pause=values[FIRST_PAUSE],
        patience=values[PATIENCE],
    )
    pictures = Limits(
        concurrency=values[IMAGE_CONCURRENCY],
        per_second=each,
        attempts=values[TRIES],
        first_pause=values[FIRST_PAUSE],
        patience=values[PATIENCE],
        max_body=values[IMAGE_BYTES],
    )
    connection = Connection(http, values[PRESTASHOP_URL], values[PRESTASHOP_KEY], pages)
    return PrestaShopSource(Client(connection), PictureHouse(http, connection, pictures), values)


PLATFORM = Platform(
    name="prestashop",
    title="PrestaShop",
    family="prestashop",
    questions=QUESTIONS,
    settings=OPTIONS,
    open_source=open_source,
)
