"""How many products are asked for at once: as many as the shop allows and hands out in a few seconds, which is
remembered for it."""

from __future__ import annotations

from collections.abc import Callable

FIRST = 100  # until it is known how quick the shop is
LIGHT = 1000  # of lists with few fields, which cost the shop as long as whole ones and carry less
QUICK = 8.0  # seconds that a page may take, reckoned from one that was had
SLOW = 20.0  # seconds after which less is asked for
SMALLEST = 10
GROWTH = 3
LIMIT, SIZE, CEILING = "page limit", "page size", "page ceiling"


class PageSize:
    """`most` is what the operator allows; `found_out` and `find_out` know the shop, from earlier runs too: the size in
    use, the shop's own limit, where it has said one, and a ceiling, where it failed at more."""

    def __init__(self, most: int, found_out: Callable[[str], str | None], find_out: Callable[[str, str], None]) -> None:
        self.most = most
        self._found_out = found_out
        self._find_out = find_out

    @property
    def limit(self) -> int | None:
        """The shop's own limit, where it has said one."""
        return self._known(LIMIT)

    @property
    def allowed(self) -> int:
        """What the shop lets pass, of anything."""
        return self.limit or LIGHT

    @property
    def light(self) -> int:
        """How many to ask for of a list with few fields."""
        return min(self.allowed, self._known(CEILING) or LIGHT)

    @property
    def now(self) -> int:
        """How many products to ask for."""
        return min(self._known(SIZE) or FIRST, self.most, self.light)

    def limited(self, most: int) -> None:
        """The shop says that it allows no more."""
        self._find_out(LIMIT, str(most))

    def took(self, rows: int, seconds: float) -> None:
        """A page was had in that time. Small ones say nothing of large ones."""
        if seconds > SLOW and rows > SMALLEST:
            self._find_out(SIZE, str(max(SMALLEST, rows // 2)))
        elif rows >= self.now and rows < min(self.most, self.light):
            wanted = min(self.most, self.light, self.now * GROWTH)
            if seconds / rows * wanted < QUICK:
                self._find_out(SIZE, str(wanted))

    def too_large(self, size: int) -> None:
        """The shop failed at so many, and handed out the same products in smaller pages."""
        self._find_out(CEILING, str(max(1, size // 2)))

    def _known(self, what: str) -> int | None:
        text = self._found_out(what)
        return int(text) if text is not None and text.isdecimal() and int(text) > 0 else None
