"""A file on an SFTP server: who answers there is known before anything is sent."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from gateway_importer.errors import AccessRefused, ShopUnusable
from importing import everything
from writers import Goods, ceneo

KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER = asyncssh.generate_private_key("ssh-ed25519")
PASSWORD = "haslo-do-plikow"


class Server(asyncssh.SSHServer):
    """Lets one login in, and keeps what it was told."""

    told: list[str] = []  # noqa: RUF012

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self.told.append(password)
        return (username, password) == ("import", PASSWORD)


@asynccontextmanager
async def server(root: Path) -> AsyncIterator[int]:
    Server.told.clear()

    def files(channel: Any) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=os.fsencode(root))

    listening = await asyncssh.listen("127.0.0.1", 0, server_factory=Server, server_host_keys=[KEY], sftp_factory=files)
    try:
        yield listening.get_port()
    finally:
        listening.close()
        await listening.wait_closed()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    out = tmp_path / "server/out"
    out.mkdir(parents=True)
    for number, age in ((1, 500), (2, 300)):
        path = out / f"ceneo-{number}.xml"
        path.write_bytes(b"".join(ceneo(Goods(str(one), vat="") for one in range(10 * number))))
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    (out / "ceneo-3.xml.part").write_bytes(b"<offers>")
    return out.parent


PUBLIC = KEY.export_public_key("openssh").decode().strip()


@pytest.mark.parametrize("pinned", [KEY.get_fingerprint(), PUBLIC], ids=["fingerprint", "key"])
async def test_the_newest_file_that_fits_is_fetched_once(tmp_path: Path, root: Path, pinned: str) -> None:
    async with server(root) as port:
        more = {"SFTP_HOST_KEY": pinned, "SHOP_LOGIN": "import", "SHOP_PASSWORD": PASSWORD}
        where = f"sftp://127.0.0.1:{port}/out/ceneo-*.xml"
        assert len((await everything(tmp_path, where, **more)).products) == 20
        again = await everything(tmp_path, where, **more)
        assert any("not changed since" in text for _, text in again.profile.facts)
        with pytest.raises(ShopUnusable, match="no file fits"):
            await everything(
                tmp_path, f"sftp://import@127.0.0.1:{port}/out/stany-*.csv", **{**more, "SHOP_LOGIN": "none"}
            )
        with pytest.raises(ShopUnusable, match="no such folder"):
            await everything(tmp_path, f"sftp://127.0.0.1:{port}/in/a.xml", **more)
        with pytest.raises(AccessRefused, match="refuses the login"):
            await everything(tmp_path, where, **{**more, "SHOP_PASSWORD": "other"})


async def test_a_server_whose_key_nobody_gave_is_told_nothing(tmp_path: Path, root: Path) -> None:
    async with server(root) as port:
        more = {"SHOP_LOGIN": "import", "SHOP_PASSWORD": PASSWORD}
        where = f"sftp://127.0.0.1:{port}/out/ceneo-*.xml"
        with pytest.raises(ShopUnusable, match="not pinned") as refused:
            await everything(tmp_path, where, **more)
        assert KEY.get_fingerprint() in refused.value.to_do
        for wrong in (OTHER.get_fingerprint(), OTHER.export_public_key("openssh").decode().strip()):
            with pytest.raises(AccessRefused, match="another host key"):
                await everything(tmp_path, where, **more, SFTP_HOST_KEY=wrong)
        assert Server.told == []


async def test_a_private_key_opens_it_as_well(tmp_path: Path, root: Path) -> None:
    client = asyncssh.generate_private_key("ssh-ed25519")
    file = tmp_path / "key"
    file.write_bytes(client.export_private_key("openssh"))
    keys = asyncssh.import_authorized_keys(client.export_public_key("openssh").decode())

    def files(channel: Any) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=os.fsencode(root))

    listening = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[KEY], authorized_client_keys=keys, sftp_factory=files
    )
    try:
        where = f"sftp://import@127.0.0.1:{listening.get_port()}/out/ceneo-*.xml"
        found = await everything(tmp_path, where, SFTP_HOST_KEY=PUBLIC, SFTP_KEY_FILE=str(file))
        assert len(found.products) == 20
    finally:
        listening.close()
        await listening.wait_closed()
