"""What a platform's folder hands to the common command line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from gateway_importer.http import Http
from gateway_importer.settings import Setting, Values
from gateway_importer.source import Source


@dataclass(frozen=True)
class OwnCommand:
    """A command that only this platform has. It speaks to the shop alone and writes nothing at the Gateway; `run` gives
    back what a person is told."""

    name: str
    help: str
    run: Callable[[Values, Http], Awaitable[str]]


@dataclass(frozen=True)
class Platform:
    """A shop system that can be imported.

    `family` is the shop system in identities and ledgers (two ways into the same kind of shop share it).
    `questions` are asked after the Gateway's, in this order; `settings` are the platform's own options.
    `open_source` makes the source from the answers; nothing is sent before one of its methods is called. `commands` are
    those that no other platform has.
    """

    name: str
    title: str
    family: str
    questions: tuple[Setting[Any], ...]
    settings: tuple[Setting[Any], ...]
    open_source: Callable[[Values, Http], Source]
    commands: tuple[OwnCommand, ...] = ()
