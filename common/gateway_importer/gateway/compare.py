"""Which fields the Gateway holds otherwise than they would be sent, as far as its query shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from gateway_importer.gateway.money import GROSZ, VAT_CLASSES, gross_of, net_of
from gateway_importer.gateway.payload import OWN_DATA


def edited_fields(
    fields: Mapping[str, Any], held: Mapping[str, Any], *, addresses: Sequence[str], tags: Sequence[str]
) -> set[str]:
    """The names of the fields (see `payload.FIELDS`) that differ. A field that the query does not return is
    not compared, and tags that others gave the object are no difference. The price is compared as gross, which the
    query returns under ``price.original.unit.amount``."""
    differing = {
        name for name in ("name", "desc", "brief", "sku") if name in held and (held[name] or "") != fields[name]
    }
    if isinstance(held.get("vat"), str) and held["vat"] != fields["vat"]:
        differing.add("vat")
    for name in ("stock_level", "for_sale"):
        if name in fields and held.get(name) is not None and held[name] != fields[name]:
            differing.add(name)
    if isinstance(held.get("images"), list) and list(held["images"]) != list(addresses):
        differing.add("images")
    if isinstance(held.get("tag_guids"), list) and not set(tags) <= set(held["tag_guids"]):
        differing.add("tags")
    shown = _gross(held.get("price"))
    if shown is not None and shown != gross_of(fields["price"], VAT_CLASSES[fields["vat"]]):
        differing.add("price")
    data = held.get("data")
    if isinstance(data, dict):
        ours = {name: value for name, value in data.items() if name in OWN_DATA - {"import"}}
        if _plain(ours) != _plain(fields["data"]):
            differing.add("data")
    return differing


def shown_fields(held: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the query shows of an object, in the form of `fields`; a price only where it is another than theirs."""
    shown: dict[str, Any] = {name: held[name] or "" for name in ("name", "desc", "brief") if name in held}
    shown |= {name: held[name] for name in ("stock_level", "for_sale") if held.get(name) is not None}
    gross, vat = _gross(held.get("price")), held.get("vat")
    if vat in VAT_CLASSES and gross is not None and gross != gross_of(fields["price"], VAT_CLASSES[fields["vat"]]):
        shown |= {"vat": vat, "price": net_of(gross, VAT_CLASSES[vat])}
    return shown


def _gross(price: Any) -> Decimal | None:
    try:
        return Decimal(str(price["original"]["unit"]["amount"])).quantize(GROSZ)
    except (KeyError, TypeError, InvalidOperation):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return Decimal(str(value)) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value
