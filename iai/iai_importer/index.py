"""Which product of a file lies where, and which belong together: some fifty bytes a product, whatever its length.

Groups of versions lie scattered over a file. Since a file on the disk can be read at any place, the members of a group
are read together where its first one is met, and nothing has to wait for anything.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from idosell_family.codes import group_of

from iai_importer.scanner import Cut

MASK = (1 << 64) - 1
WHOLE = 0  # the number of the whole file; change files are 1, 2, …
ALONE, SEVERAL = 1, 2


def key_of(text: str) -> int:
    """A number for a text, the same while the program runs; two texts share one as good as never."""
    return hash(text) & MASK


class Texts:
    """Many short texts in one piece of memory."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q")

    def append(self, text: str) -> None:
        self._bytes += text.encode()
        self._ends.append(len(self._bytes))

    def __getitem__(self, place: int) -> str:
        begin = self._ends[place - 1] if place else 0
        return self._bytes[begin : self._ends[place]].decode()

    def __len__(self) -> int:
        return len(self._ends)


class Lookup:
    """From a text to the places at which it was said, in their order."""

    def __init__(self, keys: array[int]) -> None:
        self._keys = keys
        self._order = array("I", sorted(range(len(keys)), key=keys.__getitem__))

    def places(self, text: str) -> Sequence[int]:
        key = key_of(text)
        begin = bisect_left(self._order, key, key=self._keys.__getitem__)
        end = begin
        while end < len(self._order) and self._keys[self._order[end]] == key:
            end += 1
        return self._order[begin:end]

    def runs(self) -> Iterator[Sequence[int]]:
        """All places, those of equal texts together, each in their order."""
        begin = 0
        for end in range(1, len(self._order) + 1):
            if end == len(self._order) or self._keys[self._order[end]] != self._keys[self._order[begin]]:
                yield self._order[begin:end]
                begin = end


@dataclass(frozen=True, slots=True)
class Where:
    """A product's text: the number of the file that holds it, and its place there."""

    file: int
    offset: int
    length: int


class Places:
    """The products of one file, or of several."""

    def __init__(self) -> None:
        self._files = array("B")
        self._offsets = array("Q")
        self._lengths = array("I")
        self.ids = Texts()
        self._keys = array("Q")
        self._lookup: Lookup | None = None

    def add(self, file: int, cut: Cut, identity: str) -> None:
        self._files.append(file)
        self._offsets.append(cut.offset)
        self._lengths.append(cut.length)
        self.ids.append(identity)
        self._keys.append(key_of(identity))

    def close(self) -> None:
        """All are in: from now on they can be looked up."""
        self._lookup = Lookup(self._keys)

    def find(self, identity: str) -> int | None:
        """The number of a product; of the last one where it comes twice, None where it does not come."""
        assert self._lookup is not None
        found = self._lookup.places(identity)
        return found[-1] if len(found) else None

    def runs(self) -> Iterator[Sequence[int]]:
        """The numbers of all products, those of one id together."""
        assert self._lookup is not None
        return self._lookup.runs()

    def where(self, number: int) -> Where:
        return Where(self._files[number], self._offsets[number], self._lengths[number])

    def __len__(self) -> int:
        return len(self._offsets)


@dataclass(slots=True)
class Since:
    """What change files say of a product since the whole file was made: the places of its changed parts, in their
    order. `anew`: it was removed and came back, so that the whole file says nothing of it any more."""

    parts: list[Where] = field(default_factory=list)
    group: str | None = None
    removed: bool = False
    anew: bool = False


class Catalogue:
    """All products of an offer by their places, in the order of the whole file; then those that only change files know.

    `VERSIONS=together`: products of one group are one product of the marketplace, under the group's id.
    """

    def __init__(self, *, together: bool) -> None:
        self._together = together
        self._since: dict[str, Since] = {}
        self._places = Places()
        self._groups = Texts()
        self._group_keys = array("Q")
        self._lookup: Lookup | None = None
        self._heads = bytearray()
        self._again: set[int] = set()  # places of products that come once more further behind
        self.swallowed: dict[str, str] = {}  # products that lie in the text of another one
        self.categories: Counter[bytes] = Counter()  # by the attributes of their tags
        self.menu: Counter[bytes] = Counter()

    # --- filled

    def change(self, file: int, cut: Cut) -> None:
        """A product of a change file. All change files come first, the oldest before the newer ones."""
        since = self._since.setdefault(cut.id, Since())
        if cut.removed:
            self._since[cut.id] = Since(removed=True)
            return
        since.anew = since.anew or since.removed
        since.removed = False
        since.parts.append(Where(file, cut.offset, cut.length))
        since.group = cut.group if cut.group is not None else since.group

    def add(self, cut: Cut) -> None:
        """A product of the whole file."""
        if cut.removed:
            return
        since = self._since.get(cut.id)
        if since is not None and (since.removed or since.anew):
            return
        group = cut.group if since is None or since.group is None else since.group
        self._add(WHOLE, cut, group)
        for inner in cut.swallowed:
            self.swallowed[inner] = cut.id

    def _add(self, file: int, cut: Cut, group: str | None) -> None:
        identity = cut.id or f"without-id-{cut.offset}"
        self._places.add(file, cut, identity)
        product = group_of(identity, group or "") if self._together else identity
        self._groups.append(product)
        self._group_keys.append(key_of(product))
        if cut.category:
            self.categories[cut.category] += 1
        self.menu.update(cut.menu)

    def close(self) -> None:
        """All are in: from now on they can be looked up."""
        self._places.close()
        for identity, since in self._since.items():
            if since.removed or self._places.find(identity) is not None:
                continue
            first = since.parts.pop(0)
            self._add(first.file, Cut(first.offset, first.length, identity, False, None, b""), since.group)
        for inner, outer in list(self.swallowed.items()):
            if self._places.find(inner) is None and (place := self._places.find(outer)) is not None:
                where = self._places.where(place)
                self._add(where.file, Cut(where.offset, where.length, inner, False, None, b""), None)
            else:
                del self.swallowed[inner]
        self._places.close()
        self._lookup = Lookup(self._group_keys)
        self._again = {place for run in self._places.runs() for place in run[:-1]}
        self._heads = bytearray(len(self))
        for run in self._lookup.runs():
            live = [place for place in run if place not in self._again] if self._again else run
            if len(live):
                self._heads[live[0]] = ALONE if len(live) == 1 else SEVERAL

    # --- asked

    def __len__(self) -> int:
        return len(self._places)

    @property
    def products(self) -> int:
        """How many products it is at the marketplace."""
        return len(self._heads) - self._heads.count(0)

    def heads(self) -> Iterator[int]:
        """The place of the first member of each product."""
        return (place for place, head in enumerate(self._heads) if head)

    def product(self, place: int) -> str:
        """The product's id at the marketplace."""
        return self._groups[place]

    def members(self, place: int) -> Sequence[int]:
        """The places of all members of the product of which this is the first one."""
        if self._heads[place] == ALONE:
            return (place,)
        return self.of(self._groups[place])

    def of(self, product: str) -> Sequence[int]:
        """The places of the members of a product, also where it is called by one of them; none where it is not in the
        offer."""
        assert self._lookup is not None
        found = self._lookup.places(product)
        if not len(found) and (member := self._places.find(product)) is not None:
            found = self._lookup.places(self._groups[member])
        return [place for place in found if place not in self._again]

    def id(self, place: int) -> str:
        return self._places.ids[place]

    def texts(self, place: int) -> list[Where]:
        """Where the product's text lies, and after it the parts that were changed since."""
        base = self._places.where(place)
        since = self._since.get(self._places.ids[place])
        return [base, *since.parts] if since is not None else [base]
