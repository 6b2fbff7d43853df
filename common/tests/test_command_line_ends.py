"""How the program ends when something is wrong with it: a code of its own, and no secret in the traceback."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import pytest
from gateway_importer.cli import main
from gateway_importer.errors import ExitCode
from gateway_importer.gateway.token import shop_token
from gateway_importer.http import Http
from gateway_importer.platform import Platform
from gateway_importer.settings import Setting, Values, text

KEY = "VERYSECRETKEYOFTHESHOP+/0123"
SIGNING_KEY = base64.b64encode(b"a signing key that nobody may see").decode()
SHOP_GUID = "6f1c2a58-0d3e-4b7a-9c41-5e8f7a2b9d10"
SHOP_KEY = Setting("SHOP_KEY", text, "The key.", question="Key:", secret=True)


def test_a_crash_shows_its_traceback_without_any_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    token = shop_token(base64.b64decode(SIGNING_KEY), SHOP_GUID)

    def crash(values: Values, http: Http) -> NoReturn:
        key = values[SHOP_KEY]
        basic = base64.b64encode(f"{key}:".encode()).decode()
        raise RuntimeError(f"{key} in https://shop.example/?ws_key={quote(key, safe='')} as Basic {basic}, {token}")

    platform = Platform("made_up", "Made-up", "made_up", (SHOP_KEY,), (), crash)
    given = {"SHOP_KEY": KEY, "TOKEN_SIGNING_KEY": SIGNING_KEY, "SHOP_GUID": SHOP_GUID, "STATE_FOLDER": str(tmp_path)}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["made_up_importer", "check"])
    with pytest.raises(SystemExit) as ended:
        main(platform)
    assert ended.value.code == ExitCode.BUG
    shown = "".join(capsys.readouterr())
    assert "RuntimeError" in shown and "mistake of this program" in shown
    for secret in (KEY, quote(KEY, safe=""), base64.b64encode(f"{KEY}:".encode()).decode(), token, SIGNING_KEY):
        assert secret not in shown
