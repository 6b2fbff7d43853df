"""What this folder hands to the common command line: the shop system's name, its settings, its source."""

from __future__ import annotations

from gateway_importer.errors import InputError
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

from magento_importer.client import Client
from magento_importer.connection import Connection
from magento_importer.page_size import PageSize
from magento_importer.pictures import PictureFolder
from magento_importer.settings import (
    MAGENTO_CONSUMER_KEY,
    MAGENTO_CONSUMER_SECRET,
    MAGENTO_PAGE_SIZE,
    MAGENTO_TOKEN,
    MAGENTO_TOKEN_SECRET,
    MAGENTO_URL,
    OPTIONS,
    QUESTIONS,
)
from magento_importer.signature import Bearer, Credentials, Signed
from magento_importer.source import MagentoSource


def open_source(values: Values, http: Http) -> Source:
    """The shop that the answers name; nothing is sent yet."""
    allowed = values.get(SHOP_RATE)
    # Pages and pictures come from one server under two paces, which together keep to its rate.
    each = allowed / 2 if allowed is not None else None
    calls = Limits(
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
    connection = Connection(http, values[MAGENTO_URL], credentials(values), calls)
    size = PageSize(values[MAGENTO_PAGE_SIZE], connection.found_out, connection.find_out)
    return MagentoSource(Client(connection, size), PictureFolder(http, connection.base, pictures), values)


def credentials(values: Values) -> Credentials:
    """All four strings, or the access token alone. Raises `InputError` for anything between."""
    key, secret, token_secret = (
        values[one] for one in (MAGENTO_CONSUMER_KEY, MAGENTO_CONSUMER_SECRET, MAGENTO_TOKEN_SECRET)
    )
    if key and secret and token_secret:
        return Signed(key, secret, values[MAGENTO_TOKEN], token_secret)
    if key or secret or token_secret:
        raise InputError(
            "Some of the integration's four strings were given, and some were not.",
            "Give all four; or the access token alone, with '-' as consumer key and as both secrets.",
        )
    return Bearer(values[MAGENTO_TOKEN])


PLATFORM = Platform(
    name="magento",
    title="Magento",
    family="magento",
    questions=QUESTIONS,
    settings=OPTIONS,
    open_source=open_source,
)
