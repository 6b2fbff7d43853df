"""Which list is asked, and what for: values alone."""

from __future__ import annotations

from dataclasses import dataclass

from magento_importer.signature import Params

ID = "entity_id"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition; those of one question must all hold. A shop sorts the names of more than ten in its own way, and
    their signature would be wrong."""

    field: str
    condition: str
    value: str


@dataclass(frozen=True, slots=True)
class List:
    """A list that can be searched: its route and the store view in whose scope it is read."""

    route: str
    view: str = "all"
    extra: Params = ()
    signed: bool = True
    kind: str = ""
