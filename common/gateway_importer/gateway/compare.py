"""What the Gateway shows of an object, and what is sent, in one form, so that the two can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from gateway_importer.gateway.money import GROSZ, VAT_CLASSES, gross_of, net_of
from gateway_importer.gateway.payload import OWN_DATA, digest

OUR_DATA = OWN_DATA - {"import"}
NO_PRICE = Decimal(10) ** 12  # złoty; an answer that shows so much shows no price, and cannot be reckoned with


def as_shown(held: Mapping[str, Any]) -> dict[str, Any]:
    """The fields (see `payload.FIELDS`) that the query shows of an object; what it does not return is missing. The
    price is gross, from ``price.original.unit.amount``; `data` has our own keys alone."""
    shown: dict[str, Any] = {name: held[name] or "" for name in ("name", "desc", "brief", "sku") if name in held}
    if isinstance(held.get("vat"), str):
        shown["vat"] = held["vat"]
    shown |= {name: held[name] for name in ("stock_level", "for_sale") if held.get(name) is not None}
    if isinstance(held.get("images"), list):
        shown["images"] = list(held["images"])
    if isinstance(held.get("tag_guids"), list):
        shown["tags"] = [str(guid).lower() for guid in held["tag_guids"]]
    gross = gross_shown(held)
    if gross is not None:
        shown["price"] = gross
    if isinstance(held.get("data"), dict):
        shown["data"] = {name: value for name, value in held["data"].items() if name in OUR_DATA}
    return shown


def as_sent(fields: Mapping[str, Any], *, addresses: Sequence[str], tags: Sequence[str]) -> dict[str, Any]:
    """The fields of a variant as the query would show them."""
    sent = {name: value for name, value in fields.items() if name not in {"price", "tags"}}
    sent["price"] = gross_of(fields["price"], VAT_CLASSES[fields["vat"]])
    return {**sent, "images": list(addresses), "tags": list(tags)}


def same(name: str, shown: Any, sent: Any) -> bool:
    """Whether a field is shown as it was sent; tags that others gave the object are no difference."""
    if name == "tags":
        return set(sent) <= set(shown)
    return bool(_plain(shown) == _plain(sent))


def edited_fields(
    fields: Mapping[str, Any], held: Mapping[str, Any], *, addresses: Sequence[str], tags: Sequence[str]
) -> set[str]:
    """The names of the fields that the Gateway holds otherwise than they would be sent, as far as its query shows
    them."""
    shown, sent = as_shown(held), as_sent(fields, addresses=addresses, tags=tags)
    return {name for name in shown.keys() & sent.keys() if not same(name, shown[name], sent[name])}


def drifted_fields(sent: Mapping[str, str], held: Mapping[str, Any], *, exact_net: bool) -> set[str]:
    """The names of the fields that the Gateway holds otherwise than they were last `sent` (digests). Only what its
    query shows is compared: not the pictures and tags, which it may know under other names. `exact_net`: net amounts
    were sent so that the gross comes back; rounded ones do not tell."""
    shown: dict[str, Any] = {name: held[name] or "" for name in ("name", "desc", "brief", "sku") if name in held}
    shown |= {name: held[name] for name in ("stock_level", "for_sale") if held.get(name) is not None}
    gross, vat = gross_shown(held), vat_shown(held)
    if vat is not None:
        shown["vat"] = vat
        if gross is not None and exact_net:
            shown["price"] = net_of(gross, VAT_CLASSES[vat])
    return {name for name, value in shown.items() if name in sent and sent[name] != digest(value)}


def shown_fields(held: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the query shows of an object, in the form of `fields`; a price only where it is another than theirs."""
    shown = as_shown(held)
    found: dict[str, Any] = {
        name: shown[name] for name in ("name", "desc", "brief", "stock_level", "for_sale") if name in shown
    }
    vat = shown.get("vat")
    if (
        vat in VAT_CLASSES
        and "price" in shown
        and shown["price"] != gross_of(fields["price"], VAT_CLASSES[fields["vat"]])
    ):
        found |= {"vat": vat, "price": net_of(shown["price"], VAT_CLASSES[vat])}
    return found


def apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of two objects differs, by the same order of keys."""
    keys = [key for key in sorted(one.keys() | other.keys()) if one.get(key) != other.get(key)]
    return {key: one[key] for key in keys if key in one}, {key: other[key] for key in keys if key in other}


def vat_shown(held: Mapping[str, Any]) -> str | None:
    """The class of VAT of an object, None where the query shows none that we know."""
    vat = held.get("vat")
    return vat if isinstance(vat, str) and vat in VAT_CLASSES else None


def gross_shown(held: Mapping[str, Any]) -> Decimal | None:
    """The price of an object as a customer sees it, None where the query does not show it."""
    return _amount(held, "amount", GROSZ)


def net_shown(held: Mapping[str, Any]) -> Decimal | None:
    """The net amount that gives back the price which an object shows: the Gateway's own where that does, else the
    shortest that does."""
    gross, vat = gross_shown(held), vat_shown(held)
    if gross is None or vat is None:
        return None
    net = _amount(held, "vat0")
    return net if net is not None and gross_of(net, VAT_CLASSES[vat]) == gross else net_of(gross, VAT_CLASSES[vat])


def _amount(held: Mapping[str, Any], name: str, step: Decimal | None = None) -> Decimal | None:
    try:
        amount = Decimal(str(held["price"]["original"]["unit"][name]))
        if not amount.is_finite() or abs(amount) >= NO_PRICE:
            return None
        return amount if step is None else amount.quantize(step)
    except (KeyError, TypeError, InvalidOperation):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return Decimal(str(value)) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value
