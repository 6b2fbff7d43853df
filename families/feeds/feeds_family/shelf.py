"""The rows of a feed on the disk, each found by its number, its id or its product: some fifty bytes of memory a row.

A feed is read once from its beginning to its end before anything is handed on, so that what is cut, doubled or
scattered is known by then. Members of one product may stand anywhere in the file; here they are read together.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from feeds_family.wire import Row

MASK = (1 << 64) - 1
LENGTH = 4  # bytes before each row that say how long it is
BUFFER = 1 << 20
LONGEST = 64 * 1024**2  # bytes of a row


def key_of(text: str) -> int:
    """A number for a text, the same while the program runs; two texts share one as good as never."""
    return hash(text) & MASK


class Lookup:
    """From a key to the numbers of the rows that have it, in their order."""

    def __init__(self, keys: array[int]) -> None:
        self._keys = keys
        self._order = array("I", sorted(range(len(keys)), key=keys.__getitem__))

    def rows(self, key: int) -> Sequence[int]:
        begin = end = bisect_left(self._order, key, key=self._keys.__getitem__)
        while end < len(self._order) and self._keys[self._order[end]] == key:
            end += 1
        return self._order[begin:end]


class Shelf:
    """Rows that are written one after another, and read at any place once `finish` was called."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO = path.open("w+b", buffering=BUFFER)
        self._offsets = array("Q")
        self._end = 0
        self._ids = array("Q")
        self._products = array("Q")
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Row)
        self._by_id: Lookup | None = None
        self._by_product: Lookup | None = None
        self._heads = bytearray()

    def __len__(self) -> int:
        return len(self._offsets)

    def add(self, row: Row, product: str) -> None:
        """`product` is the id of the product that the row belongs to."""
        body = self._encoder.encode(row)
        self._file.write(len(body).to_bytes(LENGTH, "little") + body)
        self._offsets.append(self._end)
        self._end += LENGTH + len(body)
        self._ids.append(key_of(row.id))
        self._products.append(key_of(product))

    def finish(self) -> None:
        """All rows are in: from now on they can be read."""
        self._file.flush()
        self._by_product = Lookup(self._products)
        seen: set[int] = set()
        for key in self._products:
            self._heads.append(key not in seen)
            seen.add(key)

    def discard(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)

    # --- asked

    @property
    def ids(self) -> set[int]:
        """The keys of all rows' ids."""
        return set(self._ids)

    @property
    def groups(self) -> set[int]:
        """The keys of all products."""
        return set(self._products)

    def row(self, number: int) -> Row:
        offset = self._offsets[number]
        end = self._offsets[number + 1] if number + 1 < len(self._offsets) else self._end
        return self._decoder.decode(os.pread(self._file.fileno(), end - offset - LENGTH, offset + LENGTH))

    @property
    def products(self) -> int:
        return sum(self._heads)

    def heads(self) -> Iterator[int]:
        """The number of the first row of each product, in the file's order."""
        return (number for number, head in enumerate(self._heads) if head)

    def members(self, head: int) -> list[Row]:
        """The rows of the product whose first row has this number."""
        assert self._by_product is not None
        return [self.row(number) for number in self._by_product.rows(self._products[head])]

    def head_of(self, product: str) -> int | None:
        """The number of a product's first row; None where it is not there."""
        assert self._by_product is not None
        found = self._by_product.rows(key_of(product))
        return found[0] if len(found) else None

    @property
    def _ids_found(self) -> Lookup:
        if self._by_id is None:  # only a second source is asked for ids
            self._by_id = Lookup(self._ids)
        return self._by_id

    def by_id(self, identity: str) -> Row | None:
        return next(
            (row for number in self._ids_found.rows(key_of(identity)) if (row := self.row(number)).id == identity), None
        )

    def has(self, identity: str) -> bool:
        """Whether a row has this id."""
        return len(self._ids_found.rows(key_of(identity))) > 0


def kept_rows(path: Path) -> Iterator[Row]:
    """The rows of a shelf that an earlier run wrote; none where there is no such file, or another version wrote it."""
    decoder = msgspec.msgpack.Decoder(Row)
    try:
        with path.open("rb", buffering=BUFFER) as file:
            while len(head := file.read(LENGTH)) == LENGTH:
                length = int.from_bytes(head, "little")
                if length > LONGEST or len(body := file.read(length)) != length:
                    return
                yield decoder.decode(body)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError):
        return
