"""What an answer without the wanted data means, and what a person can do about it.

The codes are those of the vendor's documentation and of its PHP SDK. Some end the run (`errors.ImporterError`), others
cost one page, which is then halved (`PageFault`).
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway_importer.errors import AccessRefused, ImporterError, ShopUnusable, Unreachable
from gateway_importer.http import Answer

from shoper_family.answers import VendorError, error_in


@dataclass(frozen=True, slots=True)
class Clicks:
    """Where a merchant finds things in the administration of a platform called `title`."""

    title: str
    administrators: str  # where administrators and their groups are kept
    integrations: str  # where integrations and their tokens are kept
    document: str  # the platform's page in our documents


class PageFault(Exception):
    """The shop could not answer one question; another one may go well. `code` is a short stable word."""

    def __init__(self, code: str, cause: str, cure: str) -> None:
        super().__init__(cause)
        self.code = code
        self.cause = cause
        self.cure = cure


class NotAllowed(Exception):
    """The credentials may not read `resource`."""

    def __init__(self, resource: str) -> None:
        super().__init__(resource)
        self.resource = resource


class WrongQuestion(Exception):
    """The shop knows no such filter."""


class Missing(WrongQuestion):
    """404 in the API's own form: there is no such row, or a filter that the list does not allow."""


SIGN_IN = {
    "auth_failure": "the login or the password is wrong",
    "auth_ip_not_allowed": "this administrator may sign in from certain addresses only, and not from this machine's",
    "auth_admin_access_denied": "this administrator is switched off, or may not sign in",
    "auth_webapi_access_denied": "this administrator's group may not use the API",
}


def sign_in_refused(error: VendorError | None, shop: str, clicks: Clicks) -> AccessRefused:
    """A refused login."""
    why = SIGN_IN.get(error.code if error else "", "the login is refused")
    cure = {
        "auth_ip_not_allowed": "take the limit to addresses off that administrator, or add this machine's address",
        "auth_admin_access_denied": "see that the administrator exists and is active",
        "auth_webapi_access_denied": "give the administrator's group the access type 'dostęp do webapi'",
    }.get(error.code if error else "", "see that login and password are those of the API's administrator")
    return AccessRefused(f"{shop} refuses the login: {why}.", f"In {clicks.administrators} {cure}; then run again.")


def token_refused(shop: str, clicks: Clicks) -> AccessRefused:
    """A static token that does not do cannot be renewed: only the merchant can hand out another."""
    return AccessRefused(
        f"{shop} refuses the integration's token.",
        f"Ask the merchant whether the integration is still there and switched on ({clicks.integrations}), and for the "
        "token as it stands there now; a new one ends the old one.",
    )


def session_refused(shop: str, clicks: Clicks) -> AccessRefused:
    return AccessRefused(
        f"{shop} refuses the session that it has just handed out.",
        f"See in {clicks.administrators} whether the administrator is still active; then run the command again.",
    )


def may_not_read(resource: str, clicks: Clicks) -> AccessRefused:
    return AccessRefused(
        f"The credentials may not read {resource}.",
        f"{clicks.administrators}: let the administrator's group read it (or, for an integration, "
        f"{clicks.integrations}); {clicks.document} lists the areas.",
    )


def refusal(answer: Answer, resource: str, shop: str, clicks: Clicks) -> Exception:
    """Why `answer` (to a question about `resource`) holds no data: `ImporterError`, `PageFault`, `NotAllowed` or
    `WrongQuestion`."""
    error = error_in(answer.body)
    if error is None:
        return _not_the_api(answer, resource, shop, clicks)
    return by_code(answer.status, error, resource, shop, clicks)


def by_code(status: int, error: VendorError, resource: str, shop: str, clicks: Clicks) -> Exception:
    """The same for an error of the API with its status."""
    if status == 403:
        return NotAllowed(resource)
    if status == 402:
        return ShopUnusable(
            f"{shop} answers that its licence is not paid.",
            "Ask the merchant to see to it; then run the command again.",
        )
    if status == 400 and "MODULE" in error.text.upper():
        return ShopUnusable(
            f"{shop} knows no resource {resource}: {error.text[:200]}",
            "This version of the shop lacks it, or a module is switched off. Tell us the version that `check` shows.",
        )
    if status in {400, 404}:
        return (Missing if status == 404 else WrongQuestion)(f"{resource}: {error.text[:200]}")
    if status in {429, 503}:
        # No product's fault: asking for fewer at once would not help.
        why = "too many calls at once" if status == 429 else "it is locked by an administrator, or down for a while"
        return Unreachable(
            f"{shop} answered {resource} with status {status} again and again: {why}.",
            "Run again when less is going on. If it stays so, see in the administration whether the shop is locked.",
        )
    if status == 409:
        return PageFault(
            "shop_locked",
            f"The shop answered {resource} with status 409: {error.text[:200]}",
            "Somebody has it open in the administration. Close it there, and run the command again.",
        )
    return PageFault(
        "shop_error",
        f"The shop answered {resource} with status {status}: {error.text[:300] or error.code}",
        "The shop's software stumbles over this data. Open the product in the administration and save it again; if it "
        f"happens again, show this message to {clicks.title}'s support.",
    )


def _not_the_api(answer: Answer, resource: str, shop: str, clicks: Clicks) -> ImporterError | PageFault:
    status = answer.status
    if status in {301, 302, 303, 307, 308}:
        return redirected(answer, shop)
    if status == 404:
        return no_api(shop, clicks)
    if status == 401:
        return AccessRefused(
            f"Something in front of {shop} asks for a password of its own.",
            "Take the password off the (test) shop, or let the path /webapi pass without it.",
        )
    if status in {403, 429}:
        why = "too many requests" if status == 429 else "access denied"
        return AccessRefused(
            f"Something in front of {shop} answered {resource} with status {status} ({why}), not the shop itself.",
            "A firewall blocks the importer. Let the address of this machine or the User-Agent pass.",
        )
    if status >= 500:
        return PageFault(
            "shop_overloaded",
            f"The shop's hosting answered {resource} with status {status}: it is overloaded, or down for a while.",
            "Run again when less is going on; SHOP_CONCURRENCY=1 asks for less at once.",
        )
    return no_json(answer, resource)


def no_json(answer: Answer, resource: str) -> PageFault:
    """A page in the place of data: a parked domain, a hosting's notice, half an answer."""
    return PageFault(
        "answer_unreadable",
        f"The shop answered {resource} with something that is not its JSON (status {answer.status}): "
        f"{answer.excerpt(120)}",
        "Run the command again. If it happens again, see whether the address is the shop's own, and what it shows.",
    )


def redirected(answer: Answer, shop: str) -> ImporterError:
    """A redirect is not followed: the credentials would go to another host."""
    target = answer.headers.get("Location", "").split("?")[0][:200]
    return ShopUnusable(
        f"{shop} sends us elsewhere: {target or 'without an address'}.",
        "Type the shop's address as the browser shows it on the home page once it is open, https and www included.",
    )


def no_api(shop: str, clicks: Clicks) -> ShopUnusable:
    return ShopUnusable(
        f"{shop} has no API at /webapi/rest.",
        f"See that the address is that of a {clicks.title} shop, as the browser shows it on its home page.",
    )


def unreachable(shop: str, why: str) -> Unreachable:
    return Unreachable(
        f"{shop} does not answer: {why.rstrip('.')}.", "See whether the address is right and opens in a browser."
    )
