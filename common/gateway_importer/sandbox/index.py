"""The search index beside the store: it learns of each change only after a while, as Elasticsearch does."""

from __future__ import annotations

import bisect
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .answers import Json

KEYWORDS = frozenset(
    {"guid", "owner_guid", "tag_guids", "tags.guid", "type", "vat", "timestamps.created", "timestamps.updated"}
)
"""Text that is compared whole. ASSUMED: nothing says how the Gateway maps its fields; all other text is analysed."""

DATES = frozenset({"timestamps.created", "timestamps.updated"})

_WORD = re.compile(r"\w+(?:(?<=\d)[.,](?=\d)\w+|(?<=[^\W\d_])[.'’:](?=[^\W\d_])\w+)*")
"""The standard analyzer's words (Unicode's word boundaries): a hyphen and a slash part, a point within a number not."""


def words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def values(document: Json, field: str) -> list[Any]:
    """All that a document has under a dotted field name; lists are flat, null is nothing, as in Elasticsearch."""
    found: list[Any] = [document]
    for name in field.split("."):
        found = [each[name] for each in found if isinstance(each, dict) and each.get(name) is not None]
        found = [item for each in found for item in (each if isinstance(each, list) else [each])]
    return [each for each in found if each is not None]


def milliseconds(moment: str) -> int:
    """A date as the index keeps it, which is to the millisecond."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


@dataclass(frozen=True)
class SortKey:
    field: str
    descending: bool

    def of(self, document: Json) -> Any:
        found = values(document, self.field)
        if not found:
            return None
        return milliseconds(found[0]) if self.field in DATES else found[0]


class Index:
    """What queries can see. Changes wait in order until they are older than the lag, whatever the lag is then."""

    def __init__(self, lag: Callable[[], float]) -> None:
        self._lag = lag
        self._documents: dict[str, Json] = {}
        self._pending: deque[tuple[float, str, Json | None]] = deque()
        self._views: dict[tuple[SortKey, ...], list[Json]] = {}
        self._postings: dict[str, dict[str, dict[str, None]]] = {}

    @property
    def pending(self) -> int:
        self.refresh()
        return len(self._pending)

    def put(self, guid: str, document: Json | None) -> None:
        """Note that a product is now like this, or gone."""
        self._pending.append((time.monotonic(), guid, document))
        self.refresh()

    def load(self, documents: Iterable[Json]) -> None:
        """What was there at the start is in the index at once."""
        self._documents.update((document["guid"], document) for document in documents)

    def refresh(self) -> None:
        seen_until = time.monotonic() - max(self._lag(), 0.0)
        while self._pending and self._pending[0][0] <= seen_until:
            _, guid, document = self._pending.popleft()
            self._apply(guid, document)

    def _apply(self, guid: str, document: Json | None) -> None:
        self._views.clear()
        old = self._documents.pop(guid, None)
        for field, postings in self._postings.items():
            for token in tokens(old, field) if old else ():
                postings[token].pop(guid, None)
            for token in tokens(document, field) if document else ():
                postings.setdefault(token, {})[guid] = None
        if document is not None:
            self._documents[guid] = document

    def having(self, field: str, wanted: Iterable[str]) -> set[str]:
        """Guids of the documents with any of these tokens in the field; the first call for a field reads them all."""
        if field not in self._postings:
            postings: dict[str, dict[str, None]] = {}
            for guid, document in self._documents.items():
                for token in tokens(document, field):
                    postings.setdefault(token, {})[guid] = None
            self._postings[field] = postings
        return {guid for token in wanted for guid in self._postings[field].get(token, ())}

    def search(
        self,
        matches: Callable[[Json], bool],
        candidates: set[str] | None,
        sort: tuple[SortKey, ...],
        after: Sequence[Any] | None,
        size: int,
    ) -> list[Json]:
        """The first `size` documents that match, in order, beyond the sort values in `after`."""
        if candidates is not None and len(candidates) * 4 < len(self._documents):
            ordered = _sorted([self._documents[guid] for guid in candidates], sort)
        else:
            if sort not in self._views:
                self._views[sort] = _sorted(list(self._documents.values()), sort)
            ordered = self._views[sort]
        start = 0
        if after is not None:
            start = bisect.bisect_left(ordered, True, key=lambda document: _is_after(document, sort, after))
        found: list[Json] = []
        for position in range(start, len(ordered)):
            if len(found) == size:
                break
            if matches(ordered[position]):
                found.append(ordered[position])
        return found


def tokens(document: Json, field: str) -> list[str]:
    """What the index holds of a field's text."""
    texts = [each for each in values(document, field) if isinstance(each, str)]
    return texts if field in KEYWORDS else [word for text in texts for word in words(text)]


def _sorted(documents: list[Json], sort: tuple[SortKey, ...]) -> list[Json]:
    # The least important key first: Python's sort is stable. What lacks a key comes last either way.
    for key in reversed(sort):
        having = [(key.of(document), document) for document in documents]
        present = [pair for pair in having if pair[0] is not None]
        present.sort(key=lambda pair: pair[0], reverse=key.descending)
        absent = [document for value, document in having if value is None]
        documents = [document for _, document in present] + absent
    return documents


def _is_after(document: Json, sort: tuple[SortKey, ...], after: Sequence[Any]) -> bool:
    for key, limit in zip(sort, after, strict=True):
        value = key.of(document)
        if value == limit:
            continue
        if value is None or limit is None:
            return value is None
        return bool(value < limit if key.descending else value > limit)
    return False
