"""What to do with a product, as the table in `pipeline.decide` says."""

from gateway_importer.ledger.store import Known
from gateway_importer.pipeline.decide import Archive, Change, Create, Revive, Settle, decide


def known(state: str, **fields: str) -> Known:
    return Known("1", state, "guid", "SKU", "SKU", "name", fields=fields)


def test_the_table() -> None:
    wanted = {"1": {"name": "a", "price": "b"}}
    assert decide(wanted, {}) == (Create("1"),)
    assert decide(wanted, {"1": known("intended")}) == (Settle("1"),)
    assert decide(wanted, {"1": known("live", name="a", price="b")}) == ()
    assert decide(wanted, {"1": known("live", name="a", price="x")}) == (Change("1", frozenset({"price"})),)
    assert decide(wanted, {"1": known("live", name="a", price="x")}, keep=["price"]) == ()
    assert decide(wanted, {"1": known("archived")}) == (Revive("1", frozenset({"name", "price"})),)
    assert decide({}, {"1": known("live")}) == (Archive("1"),)
    assert decide({}, {"1": known("live")}, untouched=["1"]) == ()
    assert decide({}, {"1": known("posted")}) == (Settle("1"),)
    assert decide({}, {"1": known("archived")}) == ()
    assert decide(wanted, {"1": known("leaving")}) == (Revive("1", frozenset({"name", "price"})),)
    assert decide({}, {"1": known("leaving")}) == (Archive("1"),)
