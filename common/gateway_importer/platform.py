"""What a platform's folder hands to the common command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway_importer.http import Http
from gateway_importer.settings import Setting, Values
from gateway_importer.source import Source


@dataclass(frozen=True)
class Platform:
    """A shop system that can be imported.

    `family` is the shop system in identities and ledgers (two ways into the same kind of shop share it).
    `questions` are asked after the Gateway's, in this order; `settings` are the platform's own options.
    `open_source` makes the source from the answers; nothing is sent before one of its methods is called.
    """

    name: str
    title: str
    family: str
    questions: tuple[Setting[Any], ...]
    settings: tuple[Setting[Any], ...]
    open_source: Callable[[Values, Http], Source]
