"""Makes documents of flat rows: Ceneo, Google (RSS, Atom, TSV) and CSV, as shops' exporters write them."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

G = "http://base.google.com/ns/1.0"
CENEO_EMPTY = b'<?xml version="1.0" encoding="UTF-8"?>\n<offers version="1"></offers>\n'
RSS_HEAD = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:g="{G}"><channel><title>Sklep</title>'
    "<link>https://sklep.example</link><description>Oferta</description>\n"
)
RSS_TAIL = "</channel></rss>\n"
GOOGLE_EMPTY = (RSS_HEAD + RSS_TAIL).encode()


@dataclass
class Goods:
    """A flat row, before it is written in any format. Prices and stock are texts as the file will have them."""

    id: str
    name: str = "Kubek"
    price: str = "10.00"
    group: str = ""
    url: str = ""
    description: str = ""
    brief: str = ""
    brand: str = ""
    sku: str = ""
    gtin: str = ""
    vat: str = "23"
    stock: str = "5"
    avail: str = "1"
    weight: str = ""
    categories: Sequence[str] = ()
    images: Sequence[str] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    sale: str = ""
    sale_from: str = ""
    sale_to: str = ""
    currency: str = "PLN"
    active: bool = True
    raw: Mapping[str, str] = field(default_factory=dict)  # columns or attributes that stand there as they are


def cdata(text: str) -> str:
    """As generators write it: the end of a section inside the text is split over two."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def ceneo_offer(one: Goods) -> str:
    attributes = {"id": one.id, "url": one.url, "price": one.price, "avail": one.avail}
    more = (("stock", one.stock), ("weight", one.weight), ("vat", one.vat), *one.raw.items())
    attributes |= {name: value for name, value in more if value}
    head = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    addresses = [f"<{'i' if place else 'main'} url={quoteattr(url)}/>" for place, url in enumerate(one.images)]
    pictures = "<imgs>" + "".join(addresses) + "</imgs>" if addresses else ""
    pairs = [("Producent", one.brand), ("Kod_producenta", one.sku), ("EAN", one.gtin), *one.options.items()]
    attrs = "".join(f"<a name={quoteattr(name)}>\n{cdata(value)}\n</a>" for name, value in pairs if value)
    category = one.categories[0].replace(" > ", "/") if one.categories else ""
    return (
        f"  <o{head}>\n<cat>{cdata(category)}</cat><name>\n{cdata(one.name)}\n</name>"
        f"{pictures}<desc>{cdata(one.description)}</desc><attrs>{attrs}</attrs></o>\n"
    )


def ceneo(goods: Iterable[Goods], *, group: str = "") -> Iterator[bytes]:
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<offers version="1">\n'
    if group:
        yield f'<group name="{group}">'.encode()
    for one in goods:
        yield ceneo_offer(one).encode()
    yield b"</group></offers>\n" if group else b"</offers>\n"


def google_item(one: Goods, *, tag: str = "item", stock: bool = False) -> str:
    fields: list[tuple[str, str]] = [
        ("g:id", one.id), ("g:item_group_id", one.group), ("g:title", one.name), ("g:description", one.description),
        ("g:link", one.url), ("g:image_link", one.images[0] if one.images else ""),
        *(("g:additional_image_link", url) for url in one.images[1:]),
        ("g:availability", {"1": "in_stock", "99": "out_of_stock", "110": "preorder"}.get(one.avail, one.avail)),
        ("g:price", f"{one.price} {one.currency}".strip() if one.price else ""),
        ("g:gtin", one.gtin), ("g:mpn", one.sku), ("g:brand", one.brand), ("g:condition", "new"),
        *(("g:product_type", path) for path in one.categories),
        ("g:shipping_weight", f"{one.weight} kg" if one.weight else ""),
        *((f"g:{name}", value) for name, value in one.options.items()),
        *((f"g:{name}", value) for name, value in one.raw.items()),
    ]  # fmt: skip
    if one.sale:
        fields.append(("g:sale_price", f"{one.sale} {one.currency}"))
        if one.sale_from or one.sale_to:
            fields.append(("g:sale_price_effective_date", f"{one.sale_from}/{one.sale_to}"))
    if stock and one.stock:
        fields.append(("g:quantity", one.stock))
    body = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields if value)
    shipping = "<g:shipping><g:country>PL</g:country><g:price>12.00 PLN</g:price></g:shipping>"
    return f"<{tag}>{body}{shipping}</{tag}>\n"


def google(goods: Iterable[Goods], *, stock: bool = False) -> Iterator[bytes]:
    yield RSS_HEAD.encode()
    for one in goods:
        yield google_item(one, stock=stock).encode()
    yield RSS_TAIL.encode()


def atom(goods: Iterable[Goods]) -> Iterator[bytes]:
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="{G}">'
        '<title>Sklep</title><link rel="self" href="https://sklep.example"/><updated>2026-11-20T10:00:00Z</updated>\n'
    ).encode()
    for one in goods:
        yield google_item(one, tag="entry").encode()
    yield b"</feed>\n"


def table(
    rows: Iterable[Mapping[str, str]], headers: Sequence[str], *, separator: str = ";", encoding: str = "utf-8",
    header: bool = True,
) -> Iterator[bytes]:  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    if header:
        writer.writerow(headers)
    for number, row in enumerate(rows):
        writer.writerow([*(row.get(name, "") for name in headers), *([row["more"]] if "more" in row else [])])
        if number % 10 == 9:
            yield out.getvalue().encode(encoding)
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode(encoding)
