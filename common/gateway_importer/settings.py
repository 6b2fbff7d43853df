"""What a run is told, and how: command line, environment, secret files, kept answers, prompts, defaults.

A setting has one name: `GATEWAY_URL` in the environment, `GATEWAY_URL_FILE` for a file that holds it,
`--gateway-url` on the command line. Secrets have no command-line form: process lists would show them.
"""

from __future__ import annotations

import getpass
import re
import sys
import uuid
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Generic, TextIO, TypeVar
from urllib.parse import urlsplit

from gateway_importer.errors import InputError
from gateway_importer.redaction import SECRETS

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Setting(Generic[T]):
    """One thing that a run is told.

    `parse` turns text into the value and raises ValueError with a sentence that helps. `default` is text, as
    a person would write it; None means there is none: the setting is a question (`question` set) or optional
    (the value is then None). `group` is the heading in `--help` and in the documents. `asked_if` says, by the values
    that are known by then, whether a question has to be asked at all (None: always). `hidden` names what of a secret
    answer nobody may see, where that is not all of it: an address with a token in it.
    """

    name: str
    parse: Callable[[str], T]
    help: str
    default: str | None = None
    question: str | None = None
    secret: bool = False
    group: str = "Import"
    choices: tuple[str, ...] = ()
    asked_if: Callable[[Mapping[str, Any]], bool] | None = None
    hidden: Callable[[str], Sequence[str]] | None = None

    def needed(self, parsed: Mapping[str, Any]) -> bool:
        """Whether it has to be asked, after these answers."""
        return self.asked_if is None or self.asked_if(parsed)

    def hide(self, raw: str) -> None:
        """See to it that nobody sees what is secret of an answer."""
        if self.secret:
            for part in (raw.strip(),) if self.hidden is None else self.hidden(raw.strip()):
                SECRETS.add(part)

    @property
    def flag(self) -> str:
        return "--" + self.name.lower().replace("_", "-")


class Values:
    """The parsed settings of a run: ``values[GATEWAY_URL]``. A setting that was neither given nor has a
    default is None (`get`); asking for it by ``[]`` is a programming error."""

    def __init__(self, parsed: Mapping[str, Any], texts: Mapping[str, str], defaults: Collection[str] = ()) -> None:
        self._parsed = dict(parsed)
        self.texts = dict(texts)
        self._defaults = frozenset(defaults)

    def __getitem__(self, setting: Setting[T]) -> T:
        value: T = self._parsed[setting.name]
        return value

    def get(self, setting: Setting[T]) -> T | None:
        return self._parsed.get(setting.name)

    def given(self, setting: Setting[Any]) -> bool:
        """Whether somebody decided it: False where only the default holds."""
        return setting.name in self.texts and setting.name not in self._defaults

    def with_kept(self, settings: Sequence[Setting[Any]], kept: Mapping[str, str]) -> Values:
        """These values, with answers that were given in an earlier run where nobody decides otherwise now."""
        parsed, texts, defaults = dict(self._parsed), dict(self.texts), set(self._defaults)
        for setting in settings:
            answer = kept.get(setting.name)
            if answer is None or self.given(setting) or setting.secret:
                continue
            try:
                parsed[setting.name] = setting.parse(answer)
            except ValueError:
                continue
            texts[setting.name] = answer
            defaults.discard(setting.name)
        return Values(parsed, texts, defaults)


# --- parsers -------------------------------------------------------------------------------------------------


def text(value: str) -> str:
    if not value.strip():
        raise ValueError("it is empty")
    return value.strip()


def flag(value: str) -> bool:
    lowered = value.strip().lower()
    if lowered in {"1", "yes", "true", "on"}:
        return True
    if lowered in {"0", "no", "false", "off", ""}:
        return False
    raise ValueError("write yes or no")


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"\d{1,12}", value.strip()) or not lowest <= int(value) <= highest:
            raise ValueError(f"write a whole number from {lowest} to {highest}")
        return int(value)

    return parse


def how_many(value: str) -> int | None:
    """A number from 1 on; None for all."""
    if value.strip().lower() == "all":
        return None
    if not re.fullmatch(r"\d{1,9}", value.strip()) or not int(value):
        raise ValueError("write a whole number from 1 on, or all")
    return int(value)


def number(lowest: str, highest: str) -> Callable[[str], float]:
    def parse(value: str) -> float:
        try:
            parsed = Decimal(value.strip())
        except InvalidOperation:
            raise ValueError(f"write a number from {lowest} to {highest}") from None
        if not parsed.is_finite() or not Decimal(lowest) <= parsed <= Decimal(highest):
            raise ValueError(f"write a number from {lowest} to {highest}")
        return float(parsed)

    return parse


def among(parse: Callable[[str], T], answers: Sequence[str]) -> Callable[[str], T]:
    """Reads as `parse` does, and refuses what means none of `answers`."""
    values = [parse(answer) for answer in answers]

    def chosen(text: str) -> T:
        value = parse(text)
        if value not in values:
            raise ValueError(f"write one of: {', '.join(answers)}")
        return value

    return chosen


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        lowered = value.strip().lower()
        if lowered not in choices:
            raise ValueError(f"write one of: {', '.join(choices)}")
        return lowered

    return parse


def words(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def pairs(value: str) -> dict[str, str]:
    """``exempt=VAT0,7=VAT8`` as a dictionary."""
    found: dict[str, str] = {}
    for part in words(value):
        left, separator, right = part.partition("=")
        if not separator or not left.strip() or not right.strip():
            raise ValueError(f"'{part}' is not of the form name=value")
        found[left.strip()] = right.strip()
    return found


def deadline(value: str) -> timedelta | datetime:
    """How long (``4h``, ``90m``, ``1h30m``), or a moment with its zone (``2026-11-25T05:30+01:00``)."""
    parts = re.fullmatch(r"(?:(\d{1,3})h)?(?:(\d{1,4})m)?", value.strip().lower())
    if parts and value.strip():
        return timedelta(hours=int(parts[1] or 0), minutes=int(parts[2] or 0))
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError("write how long (4h, 90m, 1h30m) or a moment with its zone (2026-11-25T05:30+01:00)")
    return found


def listen(value: str) -> tuple[str, int]:
    """A port on this machine (``9464``), or an address and a port (``0.0.0.0:9464``)."""
    host, _, port = value.strip().rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("write a port (9464) or an address with one (0.0.0.0:9464)")
    return host.strip("[]") or "127.0.0.1", int(port)


def address(value: str) -> str:
    """An http(s) address without a trailing slash; ``shop.pl`` becomes ``https://shop.pl``."""
    value = value.strip()
    if not value:
        raise ValueError("it is empty")
    if "://" not in value:
        value = "https://" + value
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as problem:
        raise ValueError("it is not an address such as https://shop.example") from problem
    if parts.scheme not in {"http", "https"}:
        raise ValueError("it must begin with https:// or http://")
    host = parts.hostname or ""
    if not re.fullmatch(r"[A-Za-z0-9.\-:_]+|[^\x00-\x20/@?#]+", host):
        raise ValueError("it names no host; write it as https://shop.example")
    if parts.username or parts.password:
        raise ValueError("it must not hold a user or a password")
    if parts.query or parts.fragment:
        raise ValueError("it must end with the host or a folder, without '?' or '#'")
    host = host.encode("idna").decode() if not host.isascii() else host
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "") + parts.path.rstrip("/")


def guid(value: str) -> str:
    """A UUID in lower case with dashes."""
    try:
        return str(uuid.UUID(value.strip()))
    except ValueError:
        raise ValueError("it is not a guid such as 0f8fad5b-d9cb-469f-a165-70867728950e") from None


def signing_key(value: str) -> bytes:
    """The shared secret, base64-encoded as it is handed out; the decoded bytes are the HMAC key."""
    compact = "".join(value.split())
    if not compact:
        raise ValueError("it is empty")
    try:
        return b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (Base64Error, ValueError):
        raise ValueError("it is not base64; copy it whole, as it was handed out") from None


def moment(value: str) -> datetime:
    """An ISO 8601 moment with its offset, as aware UTC."""
    try:
        parsed = datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("write it as 2026-11-25T12:00:00+01:00") from None
    if parsed.tzinfo is None:
        raise ValueError("it has no offset; write it as 2026-11-25T12:00:00+01:00")
    return parsed.astimezone(UTC)


def path(value: str) -> Path:
    if not value.strip():
        raise ValueError("it is empty")
    return Path(value.strip()).expanduser()


# --- collecting ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Given:
    """Where answers may come from."""

    command_line: Mapping[str, str]
    environment: Mapping[str, str]
    stdin: TextIO = sys.stdin
    stderr: TextIO = sys.stderr


def collect(settings: Sequence[Setting[Any]], given: Given) -> Values:
    """The values of all settings; questions that nothing answers are asked, in the order of `settings`.

    On a terminal a wrong answer is explained and asked again; from a pipe it raises. All wrong settings that
    are not questions are reported at once. Raises `InputError`.
    """
    problems: list[str] = []
    parsed: dict[str, Any] = {}
    texts: dict[str, str] = {}
    defaults: set[str] = set()
    to_ask: list[Setting[Any]] = []
    for setting in settings:
        try:
            raw, origin = _given_text(setting, given)
        except ValueError as problem:
            problems.append(str(problem))
            continue
        if raw is None:
            if setting.question is not None:
                to_ask.append(setting)
                continue
            parsed[setting.name] = None
            if setting.default is None:
                continue
            raw = setting.default
            defaults.add(setting.name)
        try:
            parsed[setting.name] = setting.parse(raw)
        except ValueError as problem:
            shown = "" if setting.secret else f" ('{raw}')"
            problems.append(f"{origin}{shown}: {problem}.")
        else:
            texts[setting.name] = "" if setting.secret else raw
            setting.hide(raw)
    if problems:
        raise InputError("\n".join(problems), "Correct what is named above and run the command again.")
    _ask(to_ask, given, parsed, texts)
    return Values(parsed, texts, defaults)


def _given_text(setting: Setting[Any], given: Given) -> tuple[str | None, str]:
    if not setting.secret and setting.name in given.command_line:
        return given.command_line[setting.name], f"Option {setting.flag}"
    direct = given.environment.get(setting.name)
    file_name = given.environment.get(setting.name + "_FILE")
    if direct and file_name:
        raise ValueError(f"Both {setting.name} and {setting.name}_FILE are set: keep one of them.")
    if direct:
        return direct, f"Environment variable {setting.name}"
    if file_name:
        try:
            # Editors on Windows put a mark in front of the text.
            return Path(file_name).read_text("utf-8-sig").strip(), f"File {file_name} ({setting.name}_FILE)"
        except (OSError, UnicodeDecodeError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8 text"
            raise ValueError(f"{setting.name}_FILE names {file_name}, which cannot be read: {reason}.") from None
    return None, f"The default of {setting.name}"


def ask_one(setting: Setting[Any], given: Given) -> str:
    """Ask on a terminal until the answer can be used; the answer as text. Raises `InputError` at its end."""
    parsed: dict[str, Any] = {}
    texts: dict[str, str] = {}
    _ask([setting], given, parsed, texts)
    return texts[setting.name]


def _ask(to_ask: Sequence[Setting[Any]], given: Given, parsed: dict[str, Any], texts: dict[str, str]) -> None:
    terminal = given.stdin.isatty()
    warned = terminal
    for position, setting in enumerate(to_ask):
        if not setting.needed(parsed):
            parsed[setting.name] = None
            continue
        if setting.secret and not warned:
            warned = True
            print(
                "Note: there is no terminal here, so what is typed can be seen. With docker, use `docker run -it`.",
                file=given.stderr,
            )
        while True:
            raw = _one_answer(setting, given, terminal)
            if raw is None:
                missing = ", ".join(other.name for other in to_ask[position:] if other.needed(parsed))
                raise InputError(
                    f"No answer came for: {setting.question} The input ended; still missing: {missing}.",
                    "Answer every question, one a line, or set the environment variables (or …_FILE) named.",
                )
            setting.hide(raw)
            try:
                parsed[setting.name] = setting.parse(raw)
            except ValueError as problem:
                if terminal:
                    print(f"  That cannot be used: {problem}. Please try again.", file=given.stderr)
                    continue
                raise InputError(
                    f"The answer to '{setting.question}' ({setting.name}) cannot be used: {problem}.",
                    f"Correct answer {position + 1} of {len(to_ask)} and run the command again.",
                ) from None
            texts[setting.name] = "" if setting.secret else raw.strip()
            break


def _one_answer(setting: Setting[Any], given: Given, terminal: bool) -> str | None:
    prompt = f"{setting.question} "
    if terminal and setting.secret:
        try:
            return getpass.getpass(prompt, stream=given.stderr)
        except EOFError:
            return None
    given.stderr.write(prompt)
    given.stderr.flush()
    line = given.stdin.readline()
    if not terminal:
        given.stderr.write("\n")
    return line.rstrip("\r\n") if line else None
