"""All errors that end a run, in one tree, each with its exit code and its cure.

    ImporterError
    ├── InputError                 2  an answer or a setting is missing or wrong
    │   └── CategoryMapError       2  the mapping file and the two category trees do not fit together
    ├── AccessRefused              2  a key, a token or a guid was refused
    ├── ShopUnusable               2  the shop answers, but cannot be imported as it is set up
    ├── Unreachable                3  one of the two sides does not answer
    ├── Stopped                    3  a person or the system ended the run; the next one goes on from there
    │   └── DeadlineReached        7  the time that the run was given is over; the next one goes on from there
    ├── RunActive                  4  another run of the same shop is under way
    ├── LedgerError                5  the ledger cannot be used: another shop's, a newer version's, damaged
    └── HeldBack                   6  going on could have doubled or archived a shop

What goes wrong with ONE product is not here: it is a `catalog.Fault`, and the run goes on.
"""

from __future__ import annotations

from typing import ClassVar


class ExitCode:
    """What the program's exit status means."""

    WELL = 0
    SOME_FAILED = 1
    INPUT = 2
    UNREACHABLE = 3
    ACTIVE = 4
    LEDGER = 5
    HELD_BACK = 6
    DEADLINE = 7
    BUG = 70


class ImporterError(Exception):
    """Ends a run. `happened` says what, to what; `usually` what that usually means; `to_do` the next step."""

    exit_code: ClassVar[int] = ExitCode.BUG
    usually: ClassVar[str] = ""

    def __init__(self, happened: str, to_do: str) -> None:
        super().__init__(happened)
        self.happened = happened
        self.to_do = to_do

    def paragraph(self) -> str:
        """The error as a person reads it at the end of a run."""
        parts = [self.happened]
        if self.usually:
            parts.append(self.usually)
        parts.append("What to do: " + self.to_do)
        return "\n".join(parts)


class InputError(ImporterError):
    exit_code = ExitCode.INPUT
    usually = "An answer, an environment variable or an option is missing or has the wrong form."


class CategoryMapError(InputError):
    usually = (
        "The mapping file, the shop's categories and the marketplace's categories do not fit together. "
        "Nothing was written."
    )


class AccessRefused(ImporterError):
    exit_code = ExitCode.INPUT
    usually = "A key was mistyped, switched off, or has fewer rights than the import needs."


class ShopUnusable(ImporterError):
    exit_code = ExitCode.INPUT
    usually = "The shop answers, but a setting of the shop or of this program must be decided first."


class Unreachable(ImporterError):
    exit_code = ExitCode.UNREACHABLE
    usually = (
        "The network, the shop's hosting or the Gateway had an outage. What was done is kept; "
        "the next run goes on from there."
    )


class Stopped(ImporterError):
    exit_code = ExitCode.UNREACHABLE
    usually = "The run was asked to end. What was in flight was finished and saved."


class DeadlineReached(Stopped):
    exit_code = ExitCode.DEADLINE
    usually = (
        "The run was given less time than the shop and the Gateway needed. What was in flight was finished and saved."
    )


class RunActive(ImporterError):
    exit_code = ExitCode.ACTIVE
    usually = "A scheduler started a second run before the first had ended, or somebody runs one by hand."


class LedgerError(ImporterError):
    exit_code = ExitCode.LEDGER
    usually = (
        "The ledger in the state folder remembers what was imported. Importing without it, or with another "
        "shop's, could double or rewrite a whole shop, so nothing is written without it."
    )


class HeldBack(ImporterError):
    exit_code = ExitCode.HELD_BACK
    usually = (
        "What one of the two sides shows cannot be right as it is: going on could have doubled the shop or "
        "archived much of it."
    )


def error_classes() -> list[type[ImporterError]]:
    """Every class of fatal error, for the documents' table and its test."""
    found: list[type[ImporterError]] = []
    pending = [ImporterError]
    while pending:
        for child in pending.pop(0).__subclasses__():
            if child.__module__ == __name__:
                found.append(child)
            pending.append(child)
    return found
