"""Small shops for tests."""

from typing import Any

from goods import Goods, Product, Size

COLOURS = ("biała", "granatowa", "zielona")


def simple(goods: Goods, identity: str = "", price: str = "10.00", **more: Any) -> Product:
    """A product of the universal size, of which there are five."""
    number = identity or str(401 + len(goods.products))
    made = Product(number, {"pol": f"Produkt {number}", "eng": f"Product {number}"}, price=price)
    made.sizes = [Size("uniw", stocks={"1": ("5", "0")})]
    for name, value in more.items():
        setattr(made, name, value)
    return goods.add(made)


def group(goods: Goods, identities: tuple[str, ...], **more: Any) -> list[Product]:
    """Colours of one product, the first of which gives the group its id; sizes M and L each."""
    made = []
    for identity, colour in zip(identities, COLOURS, strict=False):
        one = simple(goods, identity, **more)
        one.sizes = [Size("4", "M", stocks={"1": ("3", "0")}), Size("5", "L", stocks={"1": ("4", "0")})]
        one.group, one.versions = identities[0], [({"pol": "Kolor", "eng": "Colour"}, {"pol": colour})]
        made.append(one)
    return made


def some(count: int = 5) -> Goods:
    goods = Goods(categories={"12": ("", {"pol": "Odzież", "eng": "Clothes"})})
    for _ in range(count):
        simple(goods)
    return goods
