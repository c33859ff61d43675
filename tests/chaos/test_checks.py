"""The checks find what a storm must not leave behind."""

from datetime import UTC, datetime

from tests.chaos import checks
from tests.chaos.checks import Entry
from tests.chaos.load import Ledger, Order
from tests.chaos.timers import Timer

CHAIN = "land-to-construction.x"
CHOOSE = f"/chains/{CHAIN}/commands/choose_mode"


def ledger(**acknowledged: int) -> Ledger:
    """What was sent as `a` and `b`, and as what it was acknowledged."""
    orders = {key: Order(key, CHOOSE, {}, CHAIN) for key in ("a", "b")}
    return Ledger(orders=orders, acknowledged=acknowledged)


def record(*keys: str | None) -> dict[str, list[Entry]]:
    """A chain with an event of each key."""
    return {CHAIN: [Entry(seq, key, {}) for seq, key in enumerate(keys, start=1)]}


def test_what_was_acknowledged_and_is_there_once_is_in_order() -> None:
    assert checks.commands(ledger(a=1, b=2), record("a", "b")) == []
    assert checks.commands(ledger(a=1), record("a")) == [], "nobody was told of b"
    assert checks.commands(ledger(a=1), record("a", "b")) == [], "b was carried out all the same"


def test_what_is_lost_moved_or_doubled_is_found() -> None:
    assert len(checks.commands(ledger(a=1, b=2), record("a"))) == 1
    assert len(checks.commands(ledger(a=1, b=2), record("a", None, "b"))) == 1
    (doubled, torn) = checks.commands(ledger(a=3), record("a", "b", "a"))
    assert "more than once" in doubled
    assert "follow one another" in torn


def test_a_gap_in_the_numbers_is_found() -> None:
    gap = {CHAIN: [Entry(1, "a", {}), Entry(3, "b", {})]}
    assert any("one by one" in line for line in checks.commands(ledger(a=1, b=3), gap))


def test_a_timer_that_never_fired_is_found() -> None:
    timer = Timer(CHAIN, [("yellow", datetime(2026, 1, 5, tzinfo=UTC))])
    assert len(checks.timers([timer], {})) == 1
    assert checks.timers([Timer(CHAIN, [])], {}) == []


def test_an_acknowledgement_that_changes_is_wrong() -> None:
    kept = ledger(a=1)
    assert kept.confirm("a", 1)
    assert kept.wrong == []
    assert kept.confirm("a", 2)
    assert len(kept.wrong) == 1
