"""Parts of products whose members lie on several pages, in the run's scratch file until all of them are in."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from hashlib import blake2b

from gateway_importer.catalog import Part, ProductId
from gateway_importer.ledger.file import LedgerFile

SUM = 16  # bytes of a digest that tells two readings of a member apart


class Parked:
    """Every method may raise `LedgerError`."""

    def __init__(self, file: LedgerFile) -> None:
        self._file = file

    def clear(self) -> None:
        self._file.do("DELETE FROM scratch.part")

    def park(self, part: Part) -> bool:
        """Keep a part; whether all members of its product that were named are here now.

        A member that was read before counts as it is now. One that shows nothing new after its product was joined
        (pages shifted, and showed it twice) is not kept.
        """
        group, member = str(part.group), part.member
        data = zlib.compress(part.data, 1)
        told = blake2b(part.data, digest_size=SUM).digest()
        with self._file.transaction():
            for place, name in enumerate(part.members or ()):
                self._file.do(
                    "INSERT INTO scratch.part (product, member, place) VALUES (?, ?, ?) "
                    "ON CONFLICT (product, member) DO UPDATE SET place = excluded.place",
                    (group, name, place),
                )
            kept = self._file.do(
                "INSERT INTO scratch.part (product, member, told, data) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (product, member) DO UPDATE SET told = excluded.told, data = excluded.data "
                "WHERE told IS NOT excluded.told OR EXISTS "
                "(SELECT 1 FROM scratch.part o WHERE o.product = excluded.product AND o.data IS NOT NULL)",
                (group, member, told, data),
            ).rowcount
        if not kept or part.members is None:
            return False
        row = self._file.do("SELECT 1 FROM scratch.part WHERE product = ? AND data IS NULL LIMIT 1", (group,))
        return row.fetchone() is None

    def missing(self) -> list[str]:
        """Named members of products that are not joined yet, of which no part is here."""
        rows = self._file.do(
            "SELECT member FROM scratch.part WHERE data IS NULL "
            "AND product IN (SELECT product FROM scratch.part WHERE data IS NOT NULL) ORDER BY product, place"
        )
        return [str(row[0]) for row in rows]

    def open(self) -> Iterator[ProductId]:
        """The products that are not joined yet; each may be taken before the next is asked for."""
        while True:
            row = self._file.do(
                "SELECT product FROM scratch.part WHERE data IS NOT NULL ORDER BY length(product), product LIMIT 1"
            ).fetchone()
            if row is None:
                return
            yield ProductId(str(row[0]))

    def take(self, group: ProductId) -> tuple[list[Part], list[str]]:
        """The parts of one product, in the order in which its members were named or else that of their ids (pages come
        in any order), and the named members of which there is none. The parts leave the file."""
        rows = self._file.do(
            "SELECT member, data FROM scratch.part WHERE product = ? "
            "ORDER BY place IS NULL, place, length(member), member",
            (str(group),),
        ).fetchall()
        self._file.do("UPDATE scratch.part SET data = NULL WHERE product = ?", (str(group),))
        parts = [Part(group, str(member), zlib.decompress(data)) for member, data in rows if data is not None]
        return parts, [str(member) for member, data in rows if data is None]
