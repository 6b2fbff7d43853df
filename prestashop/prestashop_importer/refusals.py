"""What an answer without the wanted list means, and what a person can do about it.

The codes are those of PrestaShop's ``classes/webservice/WebserviceRequest.php``. Some end the run
(`errors.ImporterError`), others cost one page, which is then halved (`PageFault`).
"""

from __future__ import annotations

from gateway_importer.errors import AccessRefused, ImporterError, ShopUnusable, Unreachable
from gateway_importer.http import Answer

from prestashop_importer.answers import ShopError, errors_of

KEY_PAGE = "Advanced Parameters > Webservice"

WRONG_QUESTION = {32, 33, 34, 35, 36, 37, 38}  # filter, display or sort that this version does not know


class PageFault(Exception):
    """The shop could not answer one question; another one may go well. `code` is a short stable word."""

    def __init__(self, code: str, cause: str, cure: str) -> None:
        super().__init__(cause)
        self.code = code
        self.cause = cause
        self.cure = cure


def refusal(answer: Answer, resource: str, shop: str) -> ImporterError | PageFault:
    """Why `answer` (to a question about `resource`, asked at the address `shop`) holds no list."""
    errors = errors_of(answer.body)
    for error in errors:
        found = _by_code(error, resource, shop)
        if found is not None:
            return found
    if errors:
        said = "; ".join(error.message for error in errors[:3])
        return PageFault(
            "shop_error",
            f"The shop answered {resource} with status {answer.status}: {said[:400]}",
            "The shop or one of its modules stumbles over this data: the file named in the message says which. "
            "Ask the shop's programmer, or switch the module off and run the command again.",
        )
    return _by_status(answer, resource, shop)


def _by_code(error: ShopError, resource: str, shop: str) -> ImporterError | PageFault | None:
    code = error.code
    if code == 18:
        return AccessRefused(
            f"{shop} says that the webservice key has a wrong form.",
            f"Copy the key (32 letters and digits) from {KEY_PAGE} in the shop's back office, and run again.",
        )
    if code in {20, 21}:
        return AccessRefused(
            f"{shop} refuses the webservice key: it does not exist, is switched off, or has no permission at all.",
            f"In the back office open {KEY_PAGE}, look for the key, see that its status is on, and tick GET for "
            "the resources that docs/prestashop.md lists.",
        )
    if code == 22:
        return ShopUnusable(
            f"The webservice of {shop} is switched off.",
            f"In the back office open {KEY_PAGE}, set 'Enable PrestaShop's webservice' to yes and save.",
        )
    if code in {25, 26, 101}:
        return AccessRefused(
            f"The webservice key may not read {resource}.",
            f"In the back office open {KEY_PAGE}, edit the key, tick GET (View) for {resource} and save.",
        )
    if code == 27:
        return ShopUnusable(
            f"{shop} knows no resource {resource}.",
            "This version of PrestaShop lacks it. Tell us the version that `check` shows.",
        )
    if code == 81:
        return ShopUnusable(
            f"{shop} does not know the language that was asked for.",
            "Choose one of the languages that `check` lists (LANGUAGE).",
        )
    if code in {131, 132, 999}:
        return AccessRefused(
            f"The webservice key is not allowed for the chosen shop of {shop} ({error.message}).",
            f"In the back office open {KEY_PAGE}, edit the key, tick that shop under 'Shop association'; or "
            "choose another shop (PRESTASHOP_SHOP).",
        )
    if code in WRONG_QUESTION:
        return ShopUnusable(
            f"{shop} did not understand a question about {resource}: {error.message[:200]}",
            "A module changes the webservice of this shop, or the version is unknown to us. Tell us the version "
            "that `check` shows, and this message.",
        )
    return None


def _by_status(answer: Answer, resource: str, shop: str) -> ImporterError | PageFault:
    status = answer.status
    if status == 401:
        return AccessRefused(
            f"{shop} asks for a key although one was sent, as user name and as ws_key.",
            "The web server or a protection in front of it (a password on the whole shop, a firewall) takes the "
            "key away. Switch on 'CGI mode for PHP' on the webservice's page of the back office, or set "
            "`CGIPassAuth On` for Apache; take off the password of a test shop.",
        )
    if status in {403, 429}:
        why = "too many requests" if status == 429 else "access denied"
        return AccessRefused(
            f"Something in front of {shop} answered {resource} with status {status} ({why}), not the shop itself.",
            "A firewall (Cloudflare, mod_security, the hosting) blocks the importer. Let the address of this "
            "machine or the User-Agent pass, or slow down (SHOP_RATE=2, SHOP_CONCURRENCY=1).",
        )
    if status == 404:
        return no_webservice(shop)
    if status in {502, 503, 504, 508}:
        return PageFault(
            "shop_overloaded",
            f"The shop's hosting answered {resource} with status {status}: it is overloaded, or down for a while.",
            "Run again when less is going on; SHOP_CONCURRENCY=1 and PRESTASHOP_PAGE_SIZE=10 ask for less at once.",
        )
    if status >= 500:
        return PageFault(
            "shop_error",
            f"The shop answered {resource} with status {status} and no message.",
            "PHP broke off: its error log in the shop's hosting says where. Often memory or time ran out, or a "
            "module fails on this data.",
        )
    return PageFault(
        "answer_unreadable",
        f"The shop answered {resource} with something that is neither its JSON nor its XML "
        f"(status {status}): {answer.excerpt(120)}",
        "Open the product in the back office and save it again; if its description was pasted from elsewhere, "
        "paste it as plain text.",
    )


def redirected(answer: Answer, shop: str, asked_shop: str) -> ImporterError:
    """A redirect that must not be followed: PrestaShop sends a wrong host to the home page of the right one
    (``ShopCore::initialize``), and the question is lost on the way."""
    target = answer.headers.get("Location", "")
    real = _origin(target)
    if real == _origin(shop).replace("https://", "http://") and shop.startswith("https://"):
        return ShopUnusable(
            f"{shop} sends us back to http: its https is not set up.",
            "Switch SSL on in the shop (Shop Parameters > General); or type the address with http:// in front, "
            "and the key then travels in clear.",
        )
    if real and real != _origin(shop):
        return ShopUnusable(
            f"{shop} is not the shop's own address: it sends us to {real}.",
            f"Use https://{real.partition('://')[2]} as the shop's address (http:// only where it has no https), with "
            "the shop's folder, if it has one.",
        )
    if asked_shop:
        return ShopUnusable(
            f"{shop} knows no shop {asked_shop} (PRESTASHOP_SHOP).", "Choose one of the shops that `check` lists."
        )
    return ShopUnusable(
        f"{shop} sends the webservice's questions elsewhere ({target.split('?')[0][:200] or 'without an address'}).",
        "Type the address as the browser shows it on the shop's home page, without a language.",
    )


def no_webservice(shop: str) -> ShopUnusable:
    return ShopUnusable(
        f"{shop} has no webservice at /api nor at /webservice/dispatcher.php.",
        "See that the address is the shop's own (with its folder, without a language), that it runs "
        "PrestaShop 1.6 or newer, and that no rule of the web server hides these paths.",
    )


def unreachable(shop: str, why: str) -> Unreachable:
    return Unreachable(
        f"{shop} does not answer: {why.rstrip('.')}.",
        "See whether the address is right and opens in a browser. A shop without https must be given with "
        "http:// in front.",
    )


def _origin(address: str) -> str:
    scheme, separator, rest = address.partition("://")
    return f"{scheme}://{rest.split('/')[0].split('?')[0]}".lower() if separator else ""
