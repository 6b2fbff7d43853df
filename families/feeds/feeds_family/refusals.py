"""Why a feed or a file cannot be used, and what a person can do about it."""

from __future__ import annotations

from pathlib import Path

from gateway_importer.errors import AccessRefused, ImporterError, InputError, ShopUnusable, Unreachable


class NotUsable(Exception):
    """What arrived is not what it should be. `again`: it may be whole when it is asked for again."""

    def __init__(self, why: str, cure: str, *, again: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.cure = cure
        self.again = again


AGAIN = "Run the command again later; what was imported before stays as it is."
READS = "Ceneo XML, Google Merchant (RSS, Atom, TSV), CSV, XLSX or XLS"


def unusable(what: str, problem: NotUsable) -> ImporterError:
    text = f"{what[0].upper()}{what[1:]} cannot be used: {problem.why}. Nothing was archived."
    return Unreachable(text, problem.cure) if problem.again else ShopUnusable(text, problem.cure)


def status_refused(status: int, what: str, login: bool) -> ImporterError:
    if status == 401:
        said = "Its server does not know this login and password." if login else "Its server asks for a login."
        return AccessRefused(
            f"{what[0].upper()}{what[1:]} is refused (status 401). {said}",
            "Ask the merchant for login and password of the file's address, and set both.",
        )
    if status == 403:
        return AccessRefused(
            f"{what[0].upper()}{what[1:]} is refused (status 403).",
            "See whether the address was copied whole, with its token. A filter against robots answers so too: ask the "
            "merchant to let this machine's address, and the User-Agent gateway-importer, through.",
        )
    if status in {404, 410}:
        return ShopUnusable(
            f"There is no {what} at its address (status {status}).",
            "Open the address in a browser and see whether it was copied whole; ask the merchant for the one of today.",
        )
    return Unreachable(f"The server answers {status} in place of {what}.", AGAIN)


def no_answer(what: str, why: str) -> Unreachable:
    return Unreachable(f"{what[0].upper()}{what[1:]} did not arrive: {why}", "Run the command again.")


def nothing_there(what: str, where: str, why: str) -> ShopUnusable:
    return ShopUnusable(
        f"There is no {what} at {where}: {why}.", "See that the file is there, or correct the setting that names it."
    )


def no_place(folder: Path, problem: OSError) -> InputError:
    return InputError(
        f"{folder} cannot be written: {problem.strerror or problem}. Files are kept there while they are read.",
        "Name a state folder that can be written and has room for the files twice (STATE_FOLDER).",
    )
