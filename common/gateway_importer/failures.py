"""Why there is no usable answer of a server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gateway_importer.patience import Looked
from gateway_importer.redaction import SECRETS

Outlast = Callable[[], Awaitable[Looked]]
"""Looks whether the side that gave no answer is down, and waits for it (`Patience.outlast`)."""


class HttpFailure(Exception):
    """There is no usable answer. The message names the host and what happened, never a secret. `outlast` is there where
    whoever tries again should ask it first, once the tries are used up."""

    outlast: Outlast | None = None

    def __init__(self, message: str) -> None:
        super().__init__(SECRETS.redact(message))


class NotSent(HttpFailure):
    """No connection came about: the request was certainly not carried out."""


class AnswerLost(HttpFailure):
    """The request went out and no whole answer came back: it may have been carried out, or still be."""


class Busy(HttpFailure):
    """The host said "too many" to the last try: the request was not carried out."""


class TooLarge(HttpFailure):
    """The answer is larger than its limit."""


class AddressRefused(HttpFailure):
    """The address leads where nothing outside may lead us: a private network, or no http at all."""


def cut(text: str, length: int) -> str:
    """The beginning of a text on one line. Secrets are hidden first: half of one would not be known for one."""
    return " ".join(SECRETS.redact(text).split())[:length]
