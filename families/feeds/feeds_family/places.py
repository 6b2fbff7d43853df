"""Where a feed or a table is: an address, a folder or file on a server (SFTP), a folder that is mounted, a file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qsl, unquote, urlsplit

GLOB = re.compile(r"[*?\[]")
#: What of an address is no secret, whatever its length.
PLAIN = {"client", "language", "lang", "shop", "type", "format", "currency", "category", "page", "name", "file"}
SHORTEST_SECRET = 8
TOKEN = re.compile(r"[0-9a-fA-F]{16,}|(?=\w*\d)(?=\w*[A-Za-z])\w{20,}")


@dataclass(frozen=True, slots=True)
class Address:
    """An http(s) address."""

    url: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def server(self) -> str:
        return urlsplit(self.url).netloc.lower()


@dataclass(frozen=True, slots=True)
class OnServer:
    """A file on an SFTP server, or the newest one that fits a pattern."""

    host: str
    port: int
    user: str
    folder: str
    pattern: str

    @property
    def server(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class InFolder:
    """The newest file of a folder that fits a pattern."""

    folder: Path
    pattern: str


@dataclass(frozen=True, slots=True)
class OnDisk:
    path: Path


Place = Address | OnServer | InFolder | OnDisk


def place(value: str) -> Place:
    """Where somebody says that the file is. Raises ValueError."""
    given = value.strip()
    if not given:
        raise ValueError("it is empty")
    if given.startswith(("http://", "https://")):
        return _address(given)
    if given.startswith("sftp://"):
        return _on_server(given)
    if "://" in given:
        raise ValueError("write an address (https://…, http://…, sftp://…), or the path of a file or folder")
    path = Path(given).expanduser()
    if GLOB.search(path.name):
        return InFolder(path.parent, path.name)
    if path.is_dir():
        return InFolder(path, "*")
    if not path.exists() and not given.startswith(("/", ".", "~")):
        raise ValueError("there is no such file; an address begins with https://")
    return OnDisk(path)


def none_or_place(value: str) -> Place | None:
    """The same, or nothing."""
    return None if value.strip().lower() in {"", "none"} else place(value)


def none_or_text(value: str) -> str:
    """A text; ``""`` for nothing, or the word none."""
    return "" if value.strip().lower() == "none" else value.strip()


def told(where: Place) -> str:
    """A place as a person may see it: without what of it is secret."""
    match where:
        case Address():
            parts = urlsplit(where.url)
            return f"{parts.scheme}://{parts.netloc}{parts.path}" + ("?…" if parts.query else "")
        case OnServer():
            return f"sftp://{where.host}{where.folder.rstrip('/')}/{where.pattern}"
        case InFolder():
            return str(where.folder / where.pattern)
        case OnDisk():
            return str(where.path)


def origin_of(where: Place) -> str:
    """A digest of a place, which may hold a token."""
    said = where.url if isinstance(where, Address) else told(where)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def secrets_in(value: str) -> Sequence[str]:
    """What of an address opens the file to whoever has it."""
    if "://" not in value:
        return []
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        return [value.strip()]
    found = [said for name, said in parse_qsl(parts.query) if name not in PLAIN and len(said) >= SHORTEST_SECRET]
    found += [part for part in re.split(r"[/.]", parts.path) if TOKEN.fullmatch(part)]
    found += [parts.password] if parts.password else []
    return [*found, *(unquote(one) for one in found)]


def _address(given: str) -> Address:
    try:
        parts = urlsplit(given)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("it is not an address such as https://shop.example/ceneo.xml")
    if parts.username or parts.password:
        raise ValueError("it must not hold a login or a password: they are asked for by themselves")
    return Address(given)


def _on_server(given: str) -> OnServer:
    try:
        parts = urlsplit(given)
        host, port = parts.hostname, parts.port or 22
    except ValueError:
        host, port = None, 22
    if not host or len(parts.path) < 2:
        raise ValueError("write it as sftp://server.example/folder/products*.csv")
    if parts.password:
        raise ValueError("it must not hold a password: it is asked for by itself")
    path = PurePosixPath(unquote(parts.path))
    if given.endswith("/"):
        return OnServer(host, port, parts.username or "", str(path), "*")
    return OnServer(host, port, parts.username or "", str(path.parent), path.name)
