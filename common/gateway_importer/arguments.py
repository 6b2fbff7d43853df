"""The command line's words: the commands, what belongs to one of them for this once, and the settings as options."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway_importer import __version__
from gateway_importer.errors import InputError
from gateway_importer.ledger.history import UNDO
from gateway_importer.platform import Platform
from gateway_importer.report.export import FORMATS
from gateway_importer.settings import Setting, one_of

VERIFY = "verify"
COMMANDS = {
    "import": "bring the shop's whole catalogue into the Gateway (the default)",
    "check": "try every credential, permission and the category mapping; writes nothing",
    "preview": "the whole run without writing: what would be created, changed, archived, skipped",
    "categories": "write the first draft of the category mapping file",
    "retry": "try again what failed in the last run, and nothing else",
    "undo": "take back what the last run (or --run) made; shows what it will do, and asks",
    VERIFY: "hold what the Gateway shows against the shop's product pages (or the ledger); writes nothing",
    "report": "show the last run again",
    "history": "the runs of the shop: when, how each ended, and what became of the products",
    "export": "the outcomes of a run as CSV or as a JSON object a line, to standard output",
}
LEDGER_COMMANDS = frozenset({"report", "history", "export"})  # they ask neither the shop nor the Gateway


@dataclass(frozen=True, slots=True)
class Order:
    """An option that is no setting: it holds for one command, and for this once."""

    flag: str
    commands: frozenset[str]
    help: str
    value: str = ""
    parse: Callable[[str], Any] = str


def _run_number(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise ValueError("write the number of a run, as `history` shows it")
    return int(value)


ORDERS = (
    Order("--save", frozenset({"preview"}), "keep what would change as a plan, for import --plan", "FILE", Path),
    Order("--plan", frozenset({"import"}), "carry out this plan, and nothing else", "FILE", Path),
    Order("--run", frozenset({"export", UNDO}), "which run; else the last one", "NUMBER", _run_number),
    Order("--ledger", frozenset({VERIFY}), "hold everything against what was last sent, instead of pages"),
    Order("--yes", frozenset({UNDO}), "take it back without asking"),
    Order("--format", frozenset({"export"}), "csv (the default) or ndjson", "FORMAT", one_of(*FORMATS)),
)


def build_parser(platform: Platform, settings: Sequence[Setting[Any]]) -> argparse.ArgumentParser:
    """The parser; the documents' table of settings is compared with it by a test."""
    parser = argparse.ArgumentParser(
        prog=f"{platform.name}_importer",
        description=f"Brings the catalogue of a shop on {platform.title} into the Gateway.",
        epilog="Every setting is also an environment variable (GATEWAY_URL for --gateway-url), and NAME_FILE names a "
        "file that holds it. Secrets are taken from the environment, from files or from prompts only.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"gateway-importer-{platform.name} {__version__}")
    commands = COMMANDS | {one.name: one.help for one in platform.commands}
    lines = "; ".join(f"{name}: {meaning}" for name, meaning in commands.items())
    parser.add_argument("command", nargs="?", default="import", choices=list(commands), help=lines)
    once = parser.add_argument_group("For one command")
    for order in ORDERS:
        more: dict[str, Any] = {"metavar": order.value} if order.value else {"action": "store_const", "const": "yes"}
        text = f"{', '.join(sorted(order.commands))}: {order.help}"
        once.add_argument(order.flag, dest=order.flag, default=argparse.SUPPRESS, help=text, **more)
    groups: dict[str, Any] = {}
    for setting in settings:
        if setting.secret:
            continue
        group = groups.setdefault(setting.group, parser.add_argument_group(setting.group))
        default = f" [{setting.default}]" if setting.default is not None else ""
        text = (setting.help + default).replace("%", "%%")
        group.add_argument(setting.flag, dest=setting.name, default=argparse.SUPPRESS, metavar="VALUE", help=text)
    return parser


def parse(
    platform: Platform, settings: Sequence[Setting[Any]], arguments: Sequence[str]
) -> tuple[str, dict[str, Any], dict[str, str]]:
    """The command, its own options by their flags, and the settings that were given."""
    found = vars(build_parser(platform, settings).parse_args(arguments))
    command = str(found.pop("command"))
    orders: dict[str, Any] = {}
    for order in ORDERS:
        text = found.pop(order.flag, None)
        if text is None:
            continue
        if command not in order.commands:
            raise InputError(
                f"{order.flag} does not belong to the command {command}.",
                f"It belongs to: {', '.join(sorted(order.commands))}. Leave it out, or give that command.",
            )
        try:
            orders[order.flag] = order.parse(text)
        except ValueError as problem:
            raise InputError(f"{order.flag} '{text}': {problem}.", "Correct it and run the command again.") from None
    return command, orders, {name: str(value) for name, value in found.items()}
