"""Opens the source of one shop from the answers of a platform that runs on this software."""

from __future__ import annotations

from collections.abc import Callable

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
from gateway_importer.public_pictures import PublicPictures
from gateway_importer.settings import Values
from gateway_importer.source import Source

from shoper_family.client import Client
from shoper_family.connection import Connection, Password, Token, allowance
from shoper_family.refusals import Clicks
from shoper_family.settings import ShopSettings
from shoper_family.source import ShopSource

FAMILY = "shoper"  # in identities, ledgers and marks; whoever sells the software


def source_of(settings: ShopSettings, clicks: Clicks, proven: str) -> Callable[[Values, Http], Source]:
    """What makes the source from the answers; nothing is sent yet."""

    def open_source(values: Values, http: Http) -> Source:
        calls = Limits(
            concurrency=values[SHOP_CONCURRENCY],
            per_second=values.get(SHOP_RATE),
            attempts=values[TRIES],
            first_pause=values[FIRST_PAUSE],
            patience=values[PATIENCE],
            allowance=allowance,
        )
        pictures = Limits(
            concurrency=values[IMAGE_CONCURRENCY],
            attempts=values[TRIES],
            first_pause=values[FIRST_PAUSE],
            patience=values[PATIENCE],
            max_body=values[IMAGE_BYTES],
        )
        login, secret = values[settings.login], values[settings.secret]
        credentials = Password(login, secret) if login else Token(secret)
        connection = Connection(http, values[settings.url], credentials, calls, clicks)
        folder = PublicPictures(http, connection.base, pictures)
        return ShopSource(Client(connection), folder, values, settings, proven)

    return open_source
