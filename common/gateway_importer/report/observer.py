"""What the pipeline tells whoever watches. The pipeline calls it and knows nothing of who that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway_importer.http import Host
from gateway_importer.report.model import Outcome


class Observer(Protocol):
    """Told while a run goes on; must return quickly and never raise."""

    def started(self, *, products: int | None, hosts: Sequence[Host]) -> None:
        """The run begins; `products` is how many the shop says it has, `hosts` count the requests."""

    def phase(self, text: str) -> None:
        """What the run does now, in a few words ("reading pages", "comparing with the Gateway")."""

    def product(self, outcome: Outcome) -> None:
        """One product has its outcome."""

    def image(self, size: int) -> None:
        """One picture was transferred (`size` bytes)."""

    def say(self, text: str) -> None:
        """A line that a person should see now."""

    def ended(self) -> None:
        """The run is over; whatever is live on the terminal goes away."""
