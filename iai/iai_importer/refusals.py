"""What it means where an offer cannot be had, and what a person can do about it."""

from __future__ import annotations

from gateway_importer.errors import AccessRefused, ImporterError, ShopUnusable, Unreachable

DOCUMENT = "docs/iai.md"
SHARING = "the panel's offer sharing (Marketing i integracje > Udostępnianie oferty)"
MARKETPLACES = "Marketing i integracje > Marketplaces"
KEYS = "Administracja > API > Klucze dostępowe do API Admin"


class NothingNew(Exception):
    """A file that can be had only once was had already."""


def status_refused(status: int, what: str) -> ImporterError:
    if status in {401, 403}:
        return AccessRefused(
            f"The shop refuses {what} (status {status}).",
            f"Ask the merchant for the address as it stands now in {SHARING}: every file has a token of its own, and a "
            "new one ends the old one.",
        )
    if status in {404, 410}:
        return ShopUnusable(
            f"The shop has nothing at the address of {what} (status {status}).",
            f"See whether the address was copied whole. The merchant finds it in {SHARING}.",
        )
    return Unreachable(f"The shop answers {status} in place of {what}.", "Run the command again later.")


def not_usable(what: str, why: str, *, page: bool) -> ImporterError:
    if page:
        return ShopUnusable(
            f"In place of {what} there is an HTML page.",
            f"The token may be wrong or withdrawn, or the offer not made yet. Ask the merchant to open {SHARING}.",
        )
    return Unreachable(
        f"What the shop hands out as {what} cannot be used: {why}.",
        "Run the command again later; what was imported before stays as it is.",
    )


def no_answer(what: str, why: str) -> Unreachable:
    return Unreachable(f"{what[0].upper()}{what[1:]} did not arrive: {why}", "Run the command again.")


def login_refused(shop: str, login: str) -> AccessRefused:
    return AccessRefused(
        f"{shop} refuses the marketplace's login '{login}'.",
        f"{MARKETPLACES}: see login and password of this marketplace, and that it is switched on.",
    )


def key_refused(shop: str) -> AccessRefused:
    return AccessRefused(
        f"{shop} refuses the API key.", f"{KEYS}: see that the key is there and switched on, and copy it whole."
    )


def key_lacks(shop: str, said: str) -> AccessRefused:
    return AccessRefused(
        f"The API key may not read the shop's feeds at {shop}: {said}.", f"{KEYS}: let the key read what is named."
    )


def no_feed(shop: str) -> ShopUnusable:
    return ShopUnusable(
        f"{shop} has no feed that this API key can name.",
        "Let the merchant make one in IOF 3.0 for the first shop of the panel, or name another by its id: IAI_FEED=….",
    )


def fault(shop: str, said: str) -> ShopUnusable:
    return ShopUnusable(f"{shop} answers: {said}.", f"Ask the merchant; {DOCUMENT} says what is needed.")


def redirected(shop: str, location: str) -> ShopUnusable:
    """A redirect is not followed: password or key would go to another host."""
    target = location.split("?")[0][:200]
    return ShopUnusable(
        f"{shop} sends us elsewhere: {target or 'without an address'}.",
        "Name the shop's address as the browser shows it on the home page once it is open, https and www included.",
    )


def no_gate(shop: str, what: str) -> ShopUnusable:
    return ShopUnusable(
        f"{shop} does not answer as {what} does.",
        "See whether the address is that of an IdoSell shop. The address of a shared offer does as well.",
    )


def nothing_yet() -> ShopUnusable:
    return ShopUnusable(
        "The shop has no new offer to hand out, and none is kept from an earlier run.",
        f"{MARKETPLACES}: the merchant sets there at which hours the offer is exported. Run again after the next one; "
        "every export can be fetched once, so see that nobody else fetches it.",
    )


def file_not_usable(path: str, why: str) -> ShopUnusable:
    return ShopUnusable(f"{path} cannot be used: {why}.", "Name a file of the offer in IOF XML that is whole.")
