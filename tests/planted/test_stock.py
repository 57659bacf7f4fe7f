"""Stock with bugs put in: what our tests look at has to show each of them."""

from collections.abc import Callable, Iterable, Mapping
from threading import Barrier

import pytest
from django.db import OperationalError
from uuid_utils.compat import uuid7

from inventory import allotment, holds, stock
from inventory.models import Reservation, StockItem, StockRefused
from outbox.wiring import tables
from tests.inventory import books, test_holds, test_stock
from tests.inventory.test_stock import announced, receive, reserve, reserved
from tests.threads import at_once

pytestmark = pytest.mark.usefixtures("transactional_db")


def locked_as_asked(
    skus: Iterable[str], then: Callable[[], object] = lambda: None
) -> dict[str, StockItem]:
    """Lock in the order in which the goods were asked for; ``then`` is called with the first."""
    items: dict[str, StockItem] = {}
    for sku in dict.fromkeys(skus):
        items[sku] = StockItem.objects.select_for_update().get(sku=sku)
        if len(items) == 1:
            then()
    return items


def read(skus: Iterable[str]) -> dict[str, StockItem]:
    """Look without a lock."""
    return StockItem.objects.in_bulk(set(skus))


def test_unsorted_locks_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two orders of the same two goods, in the order of their lines."""
    both_hold_one = Barrier(2, timeout=10)
    receive("A", 10)
    receive("B", 10)
    monkeypatch.setattr(
        allotment, "lock_items", lambda skus: locked_as_asked(skus, both_hold_one.wait)
    )

    def buy(number: int) -> None:
        reserve(uuid7(), **dict.fromkeys(("A", "B") if number else ("B", "A"), 1))

    with pytest.raises(OperationalError, match="deadlock detected"):
        at_once(2, buy)


def test_the_rule_of_sorted_locks_catches_unsorted_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allotment, "lock_items", locked_as_asked)
    with pytest.raises(OperationalError, match="could not obtain lock"):
        test_stock.test_goods_are_locked_in_the_order_of_their_sku()


def test_the_rule_of_one_pass_catches_a_batch_that_locks_command_by_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables["inventory"], "lock_shared", None)
    with pytest.raises(OperationalError, match="could not obtain lock"):
        test_stock.test_a_batch_that_reserves_and_releases_locks_all_its_goods_in_one_pass()


def test_a_check_before_an_unguarded_decrement_oversells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two buyers see the last unit, and the later write hides the earlier."""
    both_have_looked = Barrier(2, timeout=10)
    seen: dict[str, int] = {}

    def look(skus: Iterable[str]) -> dict[str, StockItem]:
        items = read(skus)
        seen.update({sku: item.reserved for sku, item in items.items()})
        both_have_looked.wait()
        return items

    def write_what_was_seen(units: Mapping[str, int]) -> None:
        for sku, more in units.items():
            StockItem.objects.filter(sku=sku).update(reserved=seen[sku] + more)

    receive("LAST", 1)
    monkeypatch.setattr(allotment, "lock_items", look)
    monkeypatch.setattr(allotment, "move_reserved", write_what_was_seen)
    orders = [uuid7(), uuid7()]
    at_once(2, lambda number: reserve(orders[number], LAST=1))

    assert [announced(order) for order in orders] == [["InventoryReserved"]] * 2
    assert reserved("LAST") == 1
    assert books.unequal() == [("LAST", 1, 1, 1, 2, 2)]


def test_without_its_lock_a_check_is_stopped_by_the_guard_of_the_decrement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The lock alone is planted away: the UPDATE looks again."""
    both_have_looked = Barrier(2, timeout=10)

    def look(skus: Iterable[str]) -> dict[str, StockItem]:
        items = read(skus)
        both_have_looked.wait()
        return items

    receive("LAST", 1)
    monkeypatch.setattr(allotment, "lock_items", look)
    with pytest.raises(StockRefused, match="stock changed under its lock"):
        at_once(2, lambda _: reserve(uuid7(), LAST=1))
    assert books.unequal() == []
    assert reserved("LAST") == 1


def test_the_rule_of_holds_catches_one_that_ends_by_its_time_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    receive("MUG", 5)
    monkeypatch.setattr(stock, "expired", lambda: Reservation.objects.filter(holds.OVER))
    with pytest.raises(AssertionError):
        test_holds.test_no_hold_expires_while_its_order_goes_on_or_a_dead_letter_stops_it(
            stopped=False
        )
