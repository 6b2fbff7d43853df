"""What goes to standard error: for a person as text, for a machine as one JSON object a line. Each line says which
shop and which run it belongs to, and which product where it is about one. No line holds a secret."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from gateway_importer.redaction import SECRETS, RedactingFormatter

LOG = logging.getLogger("gateway_importer")
CONTEXT: dict[str, str] = {}
"""What holds for every line of this process: `shop`, `run`, `platform`."""
TOLD = ("product", "outcome", "code", "rule", "host")  # what a line may be about, in `extra`


class TextFormatter(RedactingFormatter):
    """``2026-11-25 02:15:01 WARNING gateway_importer.pipeline.line [shop=… run=7 product=12] said``"""

    def format(self, record: logging.LogRecord) -> str:
        about = {**CONTEXT, **_about(record)}
        record.about = "".join(f" {name}={value}" for name, value in about.items())[1:]
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """One object a line: `time` (ISO 8601, UTC), `level`, `logger`, `message`, and what the line is about."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": SECRETS.redact(record.getMessage()),
            **CONTEXT,
            **_about(record),
        }
        if record.exc_info:
            line["traceback"] = SECRETS.redact(self.formatException(record.exc_info))
        # Once before a character is escaped, and once more over all of it.
        return SECRETS.redact(json.dumps(line, ensure_ascii=False))


def _about(record: logging.LogRecord) -> dict[str, str]:
    return {name: SECRETS.redact(str(getattr(record, name))) for name in TOLD if getattr(record, name, None)}


def set_up(level: str, form: str, **context: str) -> None:
    """Send logs to standard error from `level` on; `form` is ``text`` or ``json``."""
    handler = logging.StreamHandler(sys.stderr)
    text = "%(asctime)s %(levelname)s %(name)s [%(about)s] %(message)s"
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter(text))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    CONTEXT.clear()
    CONTEXT.update(context)
    # What a person is told is a line of the log too where a machine reads it, at any level.
    _said.setLevel(logging.INFO)
    _said.disabled = form != "json"


_said = logging.getLogger("gateway_importer.said")
_said.disabled = True


def say(text: str) -> None:
    """A line for whoever watches, on standard error."""
    if _said.disabled:
        sys.stderr.write(SECRETS.redact(text) + "\n")
        sys.stderr.flush()
    else:
        _said.info("%s", text)


def as_json() -> bool:
    return not _said.disabled
