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
from pathlib import Path

from idosell_family.codes import group_of

from iai_importer.scanner import cuts

MASK = (1 << 64) - 1
WHOLE = 0  # the number of the whole file; change files are 1, 2, …
ALONE, SEVERAL = 1, 2
WITHOUT_ID = "without-id-"


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


class FileIndex:
    """The products of one file, numbered in its order. Raises `scanner.NotWhole`.

    `removed` are those that a change file takes out, `swallowed` ids of products that lie in the text of another one
    (its number; nothing of either can be read), `categories` and `menu` how often each was named, by the attributes of
    its tag.
    """

    def __init__(self, path: Path) -> None:
        self.offsets = array("Q")
        self.lengths = array("I")
        self.ids = Texts()
        self.groups = Texts()
        self.grouped = bytearray()  # whether a product says which group it is in, or that it is in none
        self.removed: set[int] = set()
        self.swallowed: dict[str, int] = {}
        self.categories: Counter[bytes] = Counter()
        self.menu: Counter[bytes] = Counter()
        keys = array("Q")
        for cut in cuts(path):
            number = len(self.offsets)
            identity = cut.id or f"{WITHOUT_ID}{cut.offset}"
            self.offsets.append(cut.offset)
            self.lengths.append(cut.length)
            self.ids.append(identity)
            keys.append(key_of(identity))
            self.groups.append(cut.group or "")
            self.grouped.append(cut.group is not None)
            if cut.removed:
                self.removed.add(number)
            if cut.swallowed:
                self.swallowed.update(dict.fromkeys(cut.swallowed, number))
            if cut.category:
                self.categories[cut.category] += 1
            if cut.menu:
                self.menu.update(cut.menu)
        self._lookup = Lookup(keys)

    def __len__(self) -> int:
        return len(self.offsets)

    def find(self, identity: str) -> int | None:
        """The number of a product; of the last one where it comes twice, None where it does not come."""
        found = self._lookup.places(identity)
        return found[-1] if len(found) else None

    def runs(self) -> Iterator[Sequence[int]]:
        """The numbers of all products, those of one id together."""
        return self._lookup.runs()

    def where(self, file: int, number: int) -> Where:
        return Where(file, self.offsets[number], self.lengths[number])

    def group(self, number: int) -> str | None:
        """The group that a product names, ``""`` for none; None where it does not say."""
        return self.groups[number] if self.grouped[number] else None


@dataclass(slots=True)
class Since:
    """What change files say of a product since the whole file was made: the places of its changed parts, in their
    order. `anew`: it was removed and came back, so that the whole file says nothing of it any more."""

    parts: list[Where] = field(default_factory=list)
    group: str | None = None
    removed: bool = False
    anew: bool = False


class Catalogue:
    """All products of an offer by their places, in the order of the whole file; then those that only change files know
    (`changes`, the oldest first).

    `together`: products of one group are one product of the marketplace, under the group's id.
    """

    def __init__(self, whole: FileIndex, changes: Sequence[FileIndex], *, together: bool) -> None:
        self._whole = whole
        self._since = since = _changed(changes)
        self._more: list[tuple[str, Where]] = []  # products that the whole file does not have
        self._together = together
        self._products = Texts()
        self._keys = array("Q")
        self._nameless = False
        gone: set[int] = set()
        for number in range(len(whole)):
            identity, group = whole.ids[number], whole.groups[number]
            self._nameless = self._nameless or identity.startswith(WITHOUT_ID)
            changed = since.get(identity) if since else None
            if changed is not None:
                group = group if changed.group is None else changed.group
            if number in whole.removed or (changed is not None and (changed.removed or changed.anew)):
                gone.add(number)
            self._name(identity, group)
        swallowed = {inner: outer for inner, outer in whole.swallowed.items() if whole.find(inner) is None}
        for inner, outer in swallowed.items():
            self._add(inner, whole.where(WHOLE, outer), "")
        #: Products of which nothing can be believed, and the one in whose text they lie, which is one of them.
        self.swallowed = {
            identity: index.ids[outer]
            for index in (whole, *changes)
            for inner, outer in index.swallowed.items()
            for identity in (inner, index.ids[outer])
        }
        for identity, changed in since.items():
            known = whole.find(identity)
            if not changed.removed and (known is None or known in gone) and identity not in swallowed:
                self._add(identity, changed.parts.pop(0), changed.group or "")
        self._lookup = Lookup(self._keys)
        # Of what comes twice the last one counts.
        self._gone = gone.union(*(run[:-1] for run in whole.runs() if len(run) > 1))
        self._heads = bytearray(len(self._keys))
        for run in self._lookup.runs():
            live = [place for place in run if place not in self._gone] if self._gone else run
            if len(live):
                self._heads[live[0]] = ALONE if len(live) == 1 else SEVERAL

    def _add(self, identity: str, where: Where, group: str) -> None:
        self._more.append((identity, where))
        self._name(identity, group)

    def _name(self, identity: str, group: str) -> None:
        product = group_of(identity, group) if self._together and group else identity
        self._products.append(product)
        self._keys.append(key_of(product))

    @property
    def has_nameless(self) -> bool:
        """Whether a product is there of which nobody can tell which it is: then nobody can tell what is not there."""
        return self._nameless

    @property
    def products(self) -> int:
        """How many products it is at the marketplace."""
        return len(self._heads) - self._heads.count(0)

    def heads(self) -> Iterator[int]:
        """The place of the first member of each product."""
        return (place for place, head in enumerate(self._heads) if head)

    def product(self, place: int) -> str:
        """The product's id at the marketplace."""
        return self._products[place]

    def members(self, place: int) -> Sequence[int]:
        """The places of all members of the product of which this is the first one."""
        if self._heads[place] == ALONE:
            return (place,)
        return self.of(self._products[place])

    def of(self, product: str) -> Sequence[int]:
        """The places of the members of a product, also where it is called by one of them; none where it is not in the
        offer."""
        found = self._lookup.places(product)
        if not len(found) and (member := self._whole.find(product)) is not None and member not in self._gone:
            found = self._lookup.places(self._products[member])
        return [place for place in found if place not in self._gone]

    def id(self, place: int) -> str:
        inside = len(self._whole)
        return self._whole.ids[place] if place < inside else self._more[place - inside][0]

    def texts(self, place: int) -> list[Where]:
        """Where the product's text lies, and after it the parts that were changed since."""
        inside = len(self._whole)
        base = self._whole.where(WHOLE, place) if place < inside else self._more[place - inside][1]
        since = self._since.get(self.id(place)) if self._since else None
        return [base, *since.parts] if since is not None else [base]


def _changed(changes: Sequence[FileIndex]) -> dict[str, Since]:
    found: dict[str, Since] = {}
    for file, index in enumerate(changes, 1):
        for number in range(len(index)):
            identity, group = index.ids[number], index.group(number)
            if number in index.removed:
                found[identity] = Since(removed=True)
                continue
            since = found.setdefault(identity, Since())
            since.anew, since.removed = since.anew or since.removed, False
            since.parts.append(index.where(file, number))
            since.group = since.group if group is None else group
        for inner, outer in index.swallowed.items():  # what changed there cannot be read
            found.setdefault(inner, Since()).parts.append(index.where(file, outer))
    return found
