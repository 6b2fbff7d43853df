"""Keeps secrets out of everything a person or a file gets to see: logs, reports, error texts, tracebacks."""

from __future__ import annotations

import base64
import logging
from urllib.parse import quote, quote_plus

HIDDEN = "[hidden]"
SHORTEST_SECRET = 6  # characters; shorter ones would turn ordinary text into gaps


class Secrets:
    """The secrets of one run in every form they can take.

    `add` takes a secret as it is; its percent-encoded form and the base64 of HTTP's Basic (as user, and as
    user with an empty password) are hidden with it.
    """

    def __init__(self) -> None:
        self._forms: list[str] = []

    def add(self, secret: str) -> None:
        if len(secret) < SHORTEST_SECRET:
            return
        basic = [base64.b64encode(text.encode()).decode() for text in (f"{secret}:", secret)]
        forms = {secret, quote(secret, safe=""), quote_plus(secret), *basic}
        # Base64's padding may be cut off in a log: hide the stem too.
        forms |= {form.rstrip("=") for form in basic}
        # The longest first, so that no remainder of a longer form stays behind.
        self._forms = sorted({*self._forms, *forms}, key=len, reverse=True)

    def redact(self, text: str) -> str:
        """`text` with every known secret replaced."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, HIDDEN)
        return text


SECRETS = Secrets()
"""The secrets of this process: a traceback or a library's log line knows no run that it belongs to."""


class RedactingFormatter(logging.Formatter):
    """Formats a record, traceback included, and hides secrets in the result."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRETS.redact(super().format(record))
