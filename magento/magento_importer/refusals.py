"""What an answer without the wanted data means, and what a person can do about it.

Messages may be translated, so status and parameters go first. One text stands for five causes: which of them it is
follows from what else is refused (`checks`).
"""

from __future__ import annotations

from gateway_importer.errors import AccessRefused, ImporterError, ShopUnusable, Unreachable
from gateway_importer.http import Answer

from magento_importer.answers import Said, error_of
from magento_importer.rights import WHERE, box_of, tick

INTEGRATION = "System > Integrations"
BEARER_SETTING = (
    "Stores > Configuration > Services > OAuth > Consumer Settings > Allow OAuth Access Tokens to be used as "
    "standalone Bearer tokens"
)


class PageFault(Exception):
    """The shop could not answer one question; another one may go well. `code` is a short stable word."""

    def __init__(self, code: str, cause: str, cure: str) -> None:
        super().__init__(cause)
        self.code = code
        self.cause = cause
        self.cure = cure


class NotAllowed(Exception):
    """The credentials may not read what lies under the right `resource` (an ACL name)."""

    def __init__(self, resource: str) -> None:
        super().__init__(f"the right {resource} is missing")
        self.resource = resource


class NoSuchRoute(Exception):
    """The shop has no such route: a module is not there."""


class TooMany(Exception):
    """The shop allows no more than `most` rows a page."""

    def __init__(self, most: int) -> None:
        super().__init__(str(most))
        self.most = most


class WrongSignature(Exception):
    """The shop reckons another signature."""


def refusal(answer: Answer, about: str, shop: str) -> Exception:
    """Why `answer` (to a question about `about`) holds no data: an `errors.ImporterError`, or one of the classes
    above."""
    said = error_of(answer.body)
    if said is None:
        return _not_the_api(answer, about, shop)
    if answer.status == 401:
        return _unauthorized(said, shop)
    if answer.status == 400:
        return _wrong(said, about, shop)
    if answer.status == 404:
        if "route" in said.message:
            return NoSuchRoute(about)
        return PageFault(
            "not_there", f"The shop answered {about}: {said.message[:300]}",
            "Run the command again; if it stays so, show this message to the shop's programmer.",
        )  # fmt: skip
    if answer.status == 403:
        return _blocked(about, shop)
    if answer.status in {429, 502, 503, 504, 508}:
        return _overloaded(answer, about)
    return PageFault(
        "shop_error",
        f"The shop answered {about} with status {answer.status}: {said.message[:300]}",
        "The shop or one of its modules stumbles over this data: var/log/exception.log in the shop says where. Open "
        "the product in the admin and save it again, or ask the shop's programmer.",
    )


def _unauthorized(said: Said, shop: str) -> Exception:
    text = said.message.lower()
    if said.resource:
        return NotAllowed(said.resource.split(",")[0].strip())
    if "signature" in text:
        return WrongSignature()
    if "nonce" in text:
        if "already" in text:
            return PageFault("nonce_used", "The shop says that a question was signed before.", "Run the command again.")
        return AccessRefused(
            f"{shop} does not take the time in our signature: the clocks differ by more than ten minutes.",
            "Set this machine's clock (and the shop's) right.",
        )
    if "consumer" in text and "token" not in text:
        return AccessRefused(
            f"{shop} knows no integration with this consumer key.",
            f"Copy the consumer key from {INTEGRATION} of this very shop (Edit at the integration), and run again.",
        )
    if "consumer" in text:
        return AccessRefused(
            f"{shop} says that the access token belongs to another integration than the consumer key.",
            f"Copy all four strings from one integration ({INTEGRATION}).",
        )
    return AccessRefused(
        f"{shop} refuses the access token: {said.message[:200]}",
        f"Copy the access token as {INTEGRATION} shows it now: a new one ends the old one.",
    )


def signature_refused(shop: str) -> AccessRefused:
    """After the other scheme was tried as well."""
    return AccessRefused(
        f"{shop} says that the signature is invalid, signed for https and for http.",
        "One of the two secrets is wrong: copy the consumer secret and the access token secret once more from "
        f"{INTEGRATION}. If they are right, a proxy in front of the shop changes its address: let it hand on Host and "
        "X-Forwarded-Proto, and set the offloader header in the shop (Stores > Configuration > General > Web).",
    )


def may_not_read(resource: str, shop: str) -> AccessRefused:
    return AccessRefused(f"{shop}: the integration may not read {box_of(resource)}.", tick(resource))


def inactive(shop: str, *, bearer: bool) -> AccessRefused:
    """Nothing at all may be read."""
    if bearer:
        return AccessRefused(
            f"{shop} does not take the access token alone: it is wrong, or the shop does not allow that "
            "(since 2.4.4 it does not by itself).",
            f"Give all four strings of the integration; or let the shop's programmer allow it ({BEARER_SETTING}), "
            "which is less safe: such a token works on when the integration is switched off.",
        )
    return AccessRefused(
        f"{shop} lets the integration read nothing: it is not active, or no box is ticked for it.",
        f"In the admin open {INTEGRATION}: press Activate (or Reauthorize) and Allow; under {WHERE} tick the boxes "
        "that docs/magento.md lists.",
    )


def header_lost(shop: str) -> AccessRefused:
    """What an Authorization header must be answered by did not come."""
    return AccessRefused(
        f"{shop} does not see the header Authorization: something in front of it takes it away.",
        "Let the web server hand it to PHP (for Apache with PHP-FPM: `CGIPassAuth On`), and take a password off the "
        "whole shop.",
    )


def _wrong(said: Said, about: str, shop: str) -> Exception:
    most = said.parameters.get("max", "")
    if most.isdecimal() and int(most) > 0:
        return TooMany(int(most))
    if any(field.startswith("oauth_") for field in said.fields):
        return header_lost(shop)
    if "signature method" in said.message.lower():
        return ShopUnusable(f"{shop} does not take HMAC-SHA256 signatures.", "Tell us the version that `check` shows.")
    if "cannot be processed" in said.message:
        return ShopUnusable(
            f"{shop} cannot process the address of a question about {about}: it knows no such store view.",
            "Choose one of the store views that `check` lists (MAGENTO_STORE), and give the shop's address without "
            "anything behind it.",
        )
    return PageFault(
        "question_refused",
        f"The shop did not understand a question about {about}: {said.message[:300]}",
        "A module changes the API of this shop, or the version is unknown to us. Tell us the version that `check` "
        "shows, and this message.",
    )


def _not_the_api(answer: Answer, about: str, shop: str) -> ImporterError | PageFault:
    status = answer.status
    if status in {301, 302, 303, 307, 308}:
        return redirected(answer, shop)
    if status == 401:
        return AccessRefused(
            f"Something in front of {shop} asks for a password of its own, in the same header in which we sign.",
            "Take the password off the (test) shop, or let /rest pass without it.",
        )
    if status == 403:
        return _blocked(about, shop)
    if status == 404:
        return no_api(shop)
    if status in {429, 502, 503, 504, 508}:
        return _overloaded(answer, about)
    if status >= 500:
        return PageFault(
            "shop_error",
            f"The shop answered {about} with status {status} and no message.",
            "PHP broke off: memory or time ran out, or a module fails on this data. The shop's var/log and var/report "
            "say where.",
        )
    return PageFault(
        "answer_unreadable",
        f"The shop answered {about} with something that is not its JSON (status {status}): {answer.excerpt(120)}",
        "Run the command again. If it happens again, see what that address shows in a browser.",
    )


def _blocked(about: str, shop: str) -> AccessRefused:
    return AccessRefused(
        f"Something in front of {shop} answered {about} with status 403 (access denied), not the shop itself.",
        "A firewall (Cloudflare, the hosting) blocks the importer. Let the address of this machine or the User-Agent "
        "pass, or slow down (SHOP_RATE=2, SHOP_CONCURRENCY=1).",
    )


def _overloaded(answer: Answer, about: str) -> ImporterError | PageFault:
    if answer.status == 503 and b"503" in answer.body and b"errors" in answer.body:
        return Unreachable(
            "The shop is in maintenance mode, or down for a while (it answers 503 with its own error page).",
            "Run the command again when the merchant has ended it (bin/magento maintenance:disable).",
        )
    if answer.status in {429, 503}:
        # No product's fault: asking for fewer at once would not help.
        return Unreachable(
            f"The shop's hosting answered {about} with status {answer.status} again and again: it is down for a while, "
            "or overloaded.",
            "Run the command again when less is going on; SHOP_CONCURRENCY=1 asks for less at once.",
        )
    return PageFault(
        "shop_overloaded",
        f"The shop's hosting answered {about} with status {answer.status}: it is overloaded, or down for a while.",
        "Run again when less is going on; SHOP_CONCURRENCY=1 and MAGENTO_PAGE_SIZE=50 ask for less at once.",
    )


def redirected(answer: Answer, shop: str) -> ImporterError:
    """No redirect is followed: a signature holds for one address."""
    target = answer.headers.get("Location", "").split("?")[0].split("/rest/")[0].rstrip("/")[:200]
    return ShopUnusable(
        f"{shop} is not the shop's own address: it sends us to {target or 'nowhere'}.",
        f"Use {target or 'the address that the browser shows on the home page'} as the shop's address.",
    )


def no_api(shop: str) -> ShopUnusable:
    return ShopUnusable(
        f"{shop} has no Magento API at /rest/V1 nor at /index.php/rest/V1.",
        "See that the address is the shop's own (with its folder), that it runs Magento 2, and that no rule of the web "
        "server hides these paths.",
    )
