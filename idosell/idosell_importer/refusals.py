"""What an answer without the wanted data means, and what a person can do about it (idosell.readme.io).

Some end the run (`errors.ImporterError`), others cost one page, which is then halved (`PageFault`).
"""

from __future__ import annotations

from enum import Enum

from gateway_importer.catalog import Fault
from gateway_importer.errors import AccessRefused, ImporterError, ShopUnusable, Unreachable
from gateway_importer.http import Answer

from idosell_importer.answers import ShopFault, told_in

KEYS = "Administration > API > Admin API access keys"  # in the panel
DOCUMENT = "docs/idosell.md"
SEARCH = "products/products/search"


class PageFault(Exception):
    """The shop could not answer one question; another one may go well. `code` is a short stable word."""

    def __init__(self, code: str, cause: str, cure: str) -> None:
        super().__init__(cause)
        self.code = code
        self.cause = cause
        self.cure = cure

    @property
    def fault(self) -> Fault:
        """The same as what is said of a product that it costs."""
        return Fault(self.code, self.cause, self.cure)


class NotAllowed(Exception):
    """The key may not ask a gate; `scope` is what the shop says that it lacks."""

    def __init__(self, gate: str, scope: str) -> None:
        super().__init__(f"{gate}: {scope}" if scope else gate)
        self.gate = gate
        self.scope = scope

    @property
    def what(self) -> str:
        return f"The key may not read {self.gate}"


class NoGate(NotAllowed):
    """404: this version of the API has no such gate, or no API is there."""

    @property
    def what(self) -> str:
        return f"This version of the API has no {self.gate}"


class WrongQuestion(Exception):
    """The gate knows no such shop, language or menu."""


class Means(Enum):
    """What a fault's code says."""

    EMPTY = "nothing was found"
    LOGIN = "the login is refused"
    BLOCKED = "the shop is blocked"
    QUESTION = "the question is none"
    UNKNOWN_THING = "the shop, the language or the menu is unknown"


#: By gate: one code says something else at another. What is not here is at every gate what `ELSEWHERE` says.
FAULTS = {
    SEARCH: {2: Means.EMPTY, 3: Means.QUESTION, 4: Means.QUESTION, 5: Means.BLOCKED},
    "menu/menu": {2: Means.UNKNOWN_THING, 3: Means.UNKNOWN_THING, 4: Means.UNKNOWN_THING},
}
ELSEWHERE = {1: Means.LOGIN, 2: Means.BLOCKED}


def meaning(gate: str, fault: ShopFault) -> Means | None:
    """None: a code that the vendor's documents do not explain."""
    return FAULTS.get(gate, ELSEWHERE).get(fault.code) or ({1: Means.LOGIN}.get(fault.code))


def by_fault(gate: str, fault: ShopFault, shop: str) -> Exception:
    """A fault inside an answer with status 200 or 207: `ImporterError`, `PageFault` or `WrongQuestion`."""
    means = meaning(gate, fault)
    said = f"fault {fault.code}: {fault.text[:200]}" if fault.text else f"fault {fault.code}"
    if means is Means.LOGIN:
        return key_refused(shop)
    if means is Means.BLOCKED:
        return ShopUnusable(
            f"{shop} is blocked ({said}): IdoSell does so when its invoices are not paid.",
            "Ask the merchant to see to it in the panel; then run the command again. Nothing was archived.",
        )
    if means is Means.UNKNOWN_THING:
        return WrongQuestion(f"{gate}: {said}")
    return PageFault(
        "shop_fault",
        f"The shop answered {gate} with {said}.",
        "Run the command again. If it happens again, show this message to IdoSell's support.",
    )


def key_refused(shop: str) -> AccessRefused:
    return AccessRefused(
        f"{shop} refuses the key.",
        f"See in the panel ({KEYS}) that the key is there, is active and may be used from this machine's address; copy "
        "it whole, and run again.",
    )


def may_not_read(problem: NotAllowed, shop: str, version: str) -> ImporterError:
    """What ends a run that cannot do without it."""
    if isinstance(problem, NoGate):
        return version_withdrawn(problem.gate, shop, version)
    said = f" The shop says: {problem.scope}." if problem.scope else ""
    return AccessRefused(
        f"{problem.what}.{said}",
        f"In the panel ({KEYS}) let the key read that area; {DOCUMENT} lists the areas.",
    )


def version_withdrawn(gate: str, shop: str, version: str) -> ShopUnusable:
    return ShopUnusable(
        f"{shop} has no gate {gate} in version {version} of its API.",
        "See that the address is that of an IdoSell shop. If it is, this version was withdrawn: open "
        f"{shop}/api/doc/admin in a browser, and name a version that it shows, e.g. IDOSELL_VERSION=8.",
    )


def refusal(answer: Answer, gate: str, shop: str, version: str) -> Exception:
    """Why an answer with another status than 200 and 207 holds no data."""
    status = answer.status
    told = told_in(answer.headers, answer.body)
    if status in {301, 302, 303, 307, 308}:
        return redirected(answer, shop)
    if status == 401:
        return key_refused(shop)
    if status == 403:
        if told or answer.content_type.endswith("json"):
            return NotAllowed(gate, told)
        return AccessRefused(
            f"Something in front of {shop} answered {gate} with status 403, not the shop itself.",
            "A firewall blocks the importer. Let the address of this machine or the User-Agent pass.",
        )
    if status == 404:
        return NoGate(gate, "")
    if status in {429, 503}:
        # No product's fault: asking for fewer at once would not help.
        why = "too many calls" if status == 429 else "it is down for a while"
        return Unreachable(
            f"{shop} answered {gate} with status {status} again and again: {why}.",
            "Run again when less is going on; see in the panel whether the month's calls to the API are used up.",
        )
    if status == 422:
        return PageFault(
            "question_refused",
            f"The shop does not accept how {gate} was asked: {told or answer.excerpt(120)}",
            f"Tell us this message and the version of the API ({version}); another IDOSELL_VERSION may do.",
        )
    if status >= 500:
        return PageFault(
            "shop_error",
            f"The shop answered {gate} with status {status}: {told or 'it says no more'}",
            "The shop's software stumbles over this data, or is down. Open the product in the panel and save it again; "
            "if it happens again, show this message to IdoSell's support.",
        )
    return no_json(answer, gate)


def no_json(answer: Answer, gate: str) -> PageFault:
    """A page in the place of data: a parked domain, a hosting's notice, half an answer."""
    return PageFault(
        "answer_unreadable",
        f"The shop answered {gate} with something that is not its JSON (status {answer.status}): {answer.excerpt(120)}",
        "Run the command again. If it happens again, see whether the address is the shop's own, and what it shows.",
    )


def redirected(answer: Answer, shop: str) -> ImporterError:
    """A redirect is not followed: the key would go to another host."""
    target = answer.headers.get("Location", "").split("?")[0][:200]
    return ShopUnusable(
        f"{shop} sends us elsewhere: {target or 'without an address'}.",
        "Type the shop's address as the browser shows it on the home page once it is open, https and www included.",
    )


def unreachable(shop: str, why: str) -> Unreachable:
    return Unreachable(
        f"{shop} does not answer: {why.rstrip('.')}.", "See whether the address is right and opens in a browser."
    )
