"""Makes large feeds for Ceneo, for the benchmark: ``python -m bench.feed FILE MEBIBYTES``.

An offer has two pictures, six attributes and 2 kB of text, as those of real shops have.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<offers version="1">\n'
TAIL = "</offers>\n"
TEXT = "<p>Przewiewna koszula z lnu, szyta w Łodzi: 100% lnu &amp; guziki z drewna.</p>\n" * 25  # 2 kB
SIZES = ("S", "M", "L", "XL")


def offer(number: int) -> str:
    model, size = divmod(number, len(SIZES))
    url = f"https://sklep.example/p/{model}"
    attributes = {
        "Producent": "Len i Las", "Kod_producenta": f"LL-{model}-{SIZES[size]}", "Rozmiar": SIZES[size],
        "Kolor": "ecru", "Materiał": "len", "Sezon": "lato",
    }  # fmt: skip
    pairs = "".join(f'<a name="{name}"><![CDATA[{value}]]></a>' for name, value in attributes.items())
    return (
        f'<o id="{number}" url="{url}?rozmiar={size}" price="{199 + model % 90}.90" avail="1" weight="0.32" '
        f'stock="{number % 30}" basket="1">\n<cat><![CDATA[Odzież/Koszule/Lniane]]></cat>\n'
        f"<name><![CDATA[Koszula lniana {model}, {SIZES[size]}]]></name>\n"
        f'<imgs><main url="{url}-1.jpg"/><i url="{url}-2.jpg"/></imgs>\n<desc><![CDATA[{TEXT}]]></desc>\n'
        f"<attrs>{pairs}</attrs>\n</o>\n"
    )


def _pieces(offers: int) -> Iterator[str]:
    yield HEAD
    for number in range(1, offers + 1):
        yield offer(number)
    yield TAIL


def make(path: Path, mebibytes: float) -> int:
    """Writes a feed that is so large; how many offers it holds."""
    offers = max(100, int(mebibytes * 1024 * 1024 / len(offer(100_000).encode())))
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_pieces(offers))
    return offers


if __name__ == "__main__":
    print(make(Path(sys.argv[1]), float(sys.argv[2])))  # noqa: T201
