"""What is known of each id of a large shop, in a few bytes an id: ids lie close together, so that chunks of them are
held as arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping

CHUNK = 1024  # ids


class Numbers(Mapping[int, int]):
    """A number other than 0 for each of some ids, which come in rising order. `code` is that of `array`."""

    def __init__(self, code: str, ids: Iterable[int] = ()) -> None:
        self._code = code
        self._chunks: dict[int, array[int]] = {}
        self._count = 0
        for one in ids:
            self[one] = 1

    def __setitem__(self, identity: int, value: int) -> None:
        chunk = self._chunks.setdefault(identity // CHUNK, array(self._code, bytes(array(self._code).itemsize * CHUNK)))
        self._count += (value != 0) - (chunk[identity % CHUNK] != 0)
        chunk[identity % CHUNK] = value

    def __getitem__(self, identity: int) -> int:
        chunk = self._chunks.get(identity // CHUNK)
        if chunk is None or not chunk[identity % CHUNK]:
            raise KeyError(identity)
        return chunk[identity % CHUNK]

    def __iter__(self) -> Iterator[int]:
        for number in sorted(self._chunks):
            chunk = self._chunks[number]
            yield from (number * CHUNK + place for place in range(CHUNK) if chunk[place])

    def __len__(self) -> int:
        return self._count

    @property
    def highest(self) -> int:
        """The highest id; 0 where there is none."""
        for number in sorted(self._chunks, reverse=True):
            for place in reversed(range(CHUNK)):
                if self._chunks[number][place]:
                    return number * CHUNK + place
        return 0
