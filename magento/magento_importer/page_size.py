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
    """`most` is what the operator allows; `found_out` and `find_out` know the shop from earlier runs. Beside the size
    in use there are the shop's own limit, where it has said one, and a ceiling, where it failed at more."""

    def __init__(self, most: int, found_out: Callable[[str], str | None], find_out: Callable[[str, str], None]) -> None:
        self.most = most
        self._find_out = find_out
        self._limit = _whole(found_out(LIMIT)) or None
        self._ceiling = _whole(found_out(CEILING)) or None
        self._now = _whole(found_out(SIZE)) or FIRST

    @property
    def allowed(self) -> int:
        """What the shop lets pass, of anything."""
        return self._limit or LIGHT

    @property
    def now(self) -> int:
        """How many products to ask for."""
        return max(1, min(self._now, self.most, self.light))

    @property
    def light(self) -> int:
        """How many to ask for of a list with few fields."""
        return max(1, min(self.allowed, self._ceiling or LIGHT))

    @property
    def limit(self) -> int | None:
        """The shop's own limit, where it has said one."""
        return self._limit

    def limited(self, most: int) -> None:
        """The shop says that it allows no more."""
        self._limit = most
        self._find_out(LIMIT, str(most))

    def took(self, rows: int, seconds: float) -> None:
        """A page was had in that time. Small ones say nothing of large ones."""
        if seconds > SLOW and rows > SMALLEST:
            self._set(max(SMALLEST, rows // 2))
        elif rows >= self.now and rows < min(self.most, self.light):
            wanted = min(self.most, self.light, self.now * GROWTH)
            if seconds / rows * wanted < QUICK:
                self._set(wanted)

    def too_large(self, size: int) -> None:
        """The shop failed at so many, and handed out the same products in smaller pages."""
        self._ceiling = max(1, size // 2)
        self._find_out(CEILING, str(self._ceiling))

    def _set(self, size: int) -> None:
        if size != self._now:
            self._now = size
            self._find_out(SIZE, str(size))


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() else 0
