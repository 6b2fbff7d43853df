"""A file on an SFTP server whose host key is pinned: who answers there is known before a password is sent."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh
from gateway_importer.errors import AccessRefused, ShopUnusable

from feeds_family import refusals
from feeds_family.folders import DONE, LOOK_AGAIN, MOST_LOOKS, YOUNG, fitting
from feeds_family.places import OnServer, origin_of, told
from feeds_family.refusals import NotUsable
from feeds_family.store import Kept

if TYPE_CHECKING:
    from feeds_family.fetching import Login

CONNECT = 20.0  # seconds
WHOLE = 900.0  # seconds for one file
PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class Seen:
    name: str
    size: int
    changed: int

    @property
    def mark(self) -> str:
        return f"{self.size}-{self.changed}"


async def bring(what: str, place: OnServer, login: Login, target: Path, known: Kept | None) -> Kept | None:
    """The newest file that fits, at `target`; None where it is the one that is `known`. Raises `ImporterError`."""
    if not login.host_key:
        raise await _unpinned(place)
    try:
        async with asyncio.timeout(WHOLE):
            connection = await _connected(place, login)
            try:
                async with connection.start_sftp_client() as files:
                    return await _bring(what, place, files, target, known)
            finally:
                connection.close()
                await connection.wait_closed()
    except asyncssh.HostKeyNotVerifiable as problem:
        raise AccessRefused(
            f"The server at {place.host} has another host key than SFTP_HOST_KEY: it was told no password.",
            "Ask its operator whether the key was changed, and for its fingerprint. If nobody changed it, somebody "
            "else answers in the server's place.",
        ) from problem
    except asyncssh.PermissionDenied as problem:
        raise AccessRefused(
            f"The server at {place.host} refuses the login '{_user(place, login)}'.", "See login, password or key file."
        ) from problem
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath) as problem:
        raise refusals.nothing_there(what, told(place), "the server knows no such folder or file") from problem
    except asyncssh.SFTPPermissionDenied as problem:
        raise AccessRefused(
            f"The login '{_user(place, login)}' may not read {told(place)}.", "Ask the server's operator to let it."
        ) from problem
    except (OSError, TimeoutError, asyncssh.Error) as problem:
        raise refusals.no_answer(what, f"{place.host}: {type(problem).__name__}") from problem


def _user(place: OnServer, login: Login) -> str:
    return login.user or place.user


async def _connected(place: OnServer, login: Login) -> asyncssh.SSHClientConnection:
    pinned = login.host_key.strip()
    known = pinned if not pinned.startswith("SHA256:") else None
    async with asyncio.timeout(CONNECT):
        if known is None:
            key = await asyncssh.get_server_host_key(place.host, place.port)
            if key is None or key.get_fingerprint() != pinned:
                raise asyncssh.HostKeyNotVerifiable("the fingerprint differs")
            # What was looked at is what is pinned: another key at the next connection is refused.
            known = key.export_public_key("openssh").decode().strip()
        return await asyncssh.connect(
            place.host, place.port, username=_user(place, login), password=login.password or None,
            client_keys=[str(login.key_file)] if login.key_file is not None else None, agent_path=None, config=None,
            known_hosts=asyncssh.import_known_hosts(f"{_pattern(place)} {known}\n"), connect_timeout=CONNECT,
        )  # fmt: skip


def _pattern(place: OnServer) -> str:
    return place.host if place.port == 22 else f"[{place.host}]:{place.port}"


async def _bring(
    what: str, place: OnServer, files: asyncssh.SFTPClient, target: Path, known: Kept | None
) -> Kept | None:
    seen = await _newest(what, place, files)
    if known is not None and known.mark == seen.mark and known.name == seen.name:
        return None
    digest, size = hashlib.blake2b(digest_size=16), 0
    async with files.open(f"{place.folder}/{seen.name}", "rb") as source:
        with target.open("wb") as out:
            while piece := await source.read(PIECE):
                assert isinstance(piece, bytes)
                digest.update(piece)
                size += len(piece)
                out.write(piece)
    if size != seen.size:
        raise NotUsable(f"{size} bytes came, and it has {seen.size}", refusals.AGAIN, again=True)
    dated = datetime.fromtimestamp(seen.changed, UTC)
    return Kept("", origin_of(place), datetime.now(UTC), seen.mark, "", dated, digest.hexdigest(), seen.name)


async def _newest(what: str, place: OnServer, files: asyncssh.SFTPClient) -> Seen:
    """The newest file that fits, once its size stays what it is."""
    before: Seen | None = None
    for _ in range(MOST_LOOKS):
        rows = {str(one.filename): one.attrs for one in await files.readdir(place.folder)}
        found = [
            Seen(name, int(rows[name].size or 0), int(rows[name].mtime or 0)) for name in fitting(rows, place.pattern)
        ]
        if not found:
            raise refusals.nothing_there(what, told(place), "no file fits")
        latest = max(found, key=lambda one: (one.changed, one.name))
        old = datetime.now(UTC).timestamp() - latest.changed > YOUNG
        if latest == before or old or latest.name + DONE in rows:
            return latest
        before = latest
        await asyncio.sleep(LOOK_AGAIN)
    raise refusals.unusable(what, NotUsable("it is still being written", refusals.AGAIN, again=True))


async def _unpinned(place: OnServer) -> ShopUnusable:
    """Whose key it is has to be known beforehand; what the server shows is told, so that it can be compared."""
    try:
        async with asyncio.timeout(CONNECT):
            key = await asyncssh.get_server_host_key(place.host, place.port)
    except (OSError, TimeoutError, asyncssh.Error) as problem:
        raise refusals.no_answer("the server's host key", f"{place.host}: {type(problem).__name__}") from problem
    shown = "none" if key is None else key.get_fingerprint()
    return ShopUnusable(
        f"The host key of {place.host} is not pinned. The server shows the fingerprint {shown}; it was told nothing.",
        "Ask its operator for the fingerprint by another way, and if it is that one, set "
        f"SFTP_HOST_KEY={shown} (or the whole public key).",
    )
