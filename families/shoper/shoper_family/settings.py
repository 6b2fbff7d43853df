"""What an import from such a shop asks, and its own options, under the names of the platform that is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gateway_importer.settings import Setting, address, whole_number, words

TOKEN = "token"  # noqa: S105 - the word that stands in the place of a login


def shop_address(value: str) -> str:
    """The shop's address; what people copy along (the administration's, the API's, a language) is cut off."""
    return re.sub(r"/(admin|panel|webapi|[a-z]{2}(_[A-Z]{2})?)(/.*)?$", "", address(value)).rstrip("/")


def login(value: str) -> str:
    """The login, or ``""`` where an integration's token stands in the place of the password."""
    word = value.strip()
    return "" if word.lower() == TOKEN else word


def secret(value: str) -> str:
    if not value.strip():
        raise ValueError("it is empty")
    return value.strip()


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """The settings of one platform: `questions` in the order in which they are asked, and `options`."""

    url: Setting[str]
    login: Setting[str]
    secret: Setting[str]
    not_counted: Setting[tuple[str, ...]]
    page_size: Setting[int]

    @property
    def questions(self) -> tuple[Setting[str], Setting[str], Setting[str]]:
        return self.url, self.login, self.secret

    @property
    def options(self) -> tuple[Setting[tuple[str, ...]], Setting[int]]:
        return self.not_counted, self.page_size


def shop_settings(
    prefix: str, title: str, *, where: str, address_of: Callable[[str], str] = shop_address
) -> ShopSettings:
    """The settings of the platform `title`, named `{prefix}_…`; `where` its credentials are made."""
    return ShopSettings(
        url=Setting(
            f"{prefix}_URL", address_of, "The shop's address, as the browser shows it on the home page.",
            question=f"Address of the {title} shop:", group=title,
        ),
        login=Setting(
            f"{prefix}_LOGIN", login,
            f"Login of an administrator with access to the API ({where}); the word {TOKEN}, or nothing, where "
            f"{prefix}_SECRET is an integration's token.",
            question="Login of the API's administrator (empty: with an integration's token):", group=title,
        ),
        secret=Setting(
            f"{prefix}_SECRET", secret, "That administrator's password, or the integration's token.",
            question="Password, or the integration's token:", secret=True, group=title,
        ),
        not_counted=Setting(
            f"{prefix}_NOT_COUNTED", words,
            "Availabilities (their names or ids, separated by commas) whose goods are sold without counting stock.",
            group=title,
        ),
        page_size=Setting(
            f"{prefix}_PAGE_SIZE", whole_number(1, 50), "Products asked for at once.", default="50", group=title,
        ),
    )  # fmt: skip
