"""Goods that are held, wanted before payment, or returned."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from inventory.commands import RestockInventory, WantedLine
from inventory.models import MovementKind, Reservation, StockItem, StockMovement
from inventory.services import (
    commit_for_orders,
    expire_holds,
    hold_for_orders,
    keep_while_payment_is_unknown,
    note_wanted,
    release_for_orders,
    reserve_for_orders,
    reserve_wanted,
    restock_returns,
)
from inventory.services.stock_taking import StockChange, change_stock
from orders.models import Order
from outbox.models import Lane, Message
from testkit.delivering import settle
from testkit.shop import Shop
from tests.threads import at_once

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture(autouse=True)
def _five_mugs(transactional_db: None) -> None:  # noqa: ARG001 - the tables
    change_stock([StockChange("MUG", 5, MovementKind.RECEIVED, "delivery")])


def mugs(units: int) -> list[WantedLine]:
    return [WantedLine("MUG", units)]


def stock() -> tuple[int, int]:
    item = StockItem.objects.get(sku="MUG")
    return item.on_hand, item.reserved


def said(order: UUID) -> list[str]:
    messages = Message.objects.filter(correlation_id=order).order_by("sequence")
    return list(messages.values_list("type", flat=True))


def status(order: UUID) -> str:
    """Return the status of an order's goods; a tombstone comes after them."""
    return Reservation.objects.filter(order_id=order).order_by("id")[0].status


def let_expire(order: UUID) -> None:
    Reservation.objects.filter(order_id=order).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )


def restock(order: UUID, return_id: UUID, units: int) -> None:
    restock_returns(
        [RestockInventory(order_id=order, return_id=return_id, lines=tuple(mugs(units)))]
    )


def test_a_hold_takes_units_and_its_commit_moves_none() -> None:
    order = uuid7()
    hold_for_orders({order: mugs(2)})
    assert (stock(), status(order)) == ((5, 2), "held")
    commit_for_orders([order])
    assert (stock(), status(order)) == ((5, 2), "committed")
    assert said(order) == ["InventoryHeld", "InventoryReserved"]


def test_a_hold_asked_for_twice_is_made_once() -> None:
    order = uuid7()
    hold_for_orders({order: mugs(2)})
    hold_for_orders({order: mugs(2)})
    commit_for_orders([order])
    commit_for_orders([order])
    assert stock() == (5, 2)
    assert said(order) == ["InventoryHeld", "InventoryHeld", *["InventoryReserved"] * 2]


def test_what_is_not_there_is_not_held() -> None:
    order = uuid7()
    hold_for_orders({order: mugs(6)})
    assert (stock(), said(order)) == ((5, 0), ["InventoryReservationFailed"])


def test_a_hold_that_has_expired_is_not_committed_and_its_units_are_free() -> None:
    order = uuid7()
    hold_for_orders({order: mugs(2)})
    let_expire(order)
    expire_holds()
    commit_for_orders([order])
    commit_for_orders([order])
    assert (stock(), status(order)) == ((5, 0), "expired")
    assert said(order) == ["InventoryHeld", *["InventoryReservationFailed"] * 2]


def test_a_hold_whose_time_is_over_and_whose_goods_are_there_is_committed() -> None:
    order = uuid7()
    hold_for_orders({order: mugs(2)})
    let_expire(order)
    commit_for_orders([order])
    assert (stock(), status(order)) == ((5, 2), "committed")


@pytest.mark.parametrize("stopped", [False, True])
def test_no_hold_expires_while_its_order_goes_on_or_a_dead_letter_stops_it(
    *, stopped: bool
) -> None:
    order, now = uuid7(), timezone.now()
    hold_for_orders({order: mugs(4)})
    let_expire(order)
    owed = Lane.objects.create(
        subscriber="sagas", correlation_id=order, next=1, since=now, due_at=now, stopped=stopped
    )
    hold_for_orders({uuid7(): mugs(2)})
    assert (expire_holds(), stock(), status(order)) == (0, (5, 4), "held")
    owed.delete()
    assert (expire_holds(), stock()) == (1, (5, 0))


def test_a_commit_without_a_hold_fails_and_bars_a_hold_that_comes_late() -> None:
    order = uuid7()
    commit_for_orders([order])
    hold_for_orders({order: mugs(1)})
    assert said(order) == ["InventoryReservationFailed"] * 2
    assert stock() == (5, 0)


def test_a_released_hold_is_not_committed() -> None:
    order = uuid7()
    hold_for_orders({order: mugs(2)})
    release_for_orders([order])
    commit_for_orders([order])
    assert said(order)[1:] == ["InventoryReleased", "InventoryReservationFailed"]
    assert stock() == (5, 0)


def test_what_an_unpaid_order_wants_takes_nothing_until_it_is_paid() -> None:
    first, second = uuid7(), uuid7()
    note_wanted({first: mugs(4), second: mugs(4)})
    assert stock() == (5, 0)
    reserve_wanted([first, second])
    reserve_wanted([first])
    assert (status(first), status(second)) == ("committed", "refused")
    assert stock() == (5, 4)
    assert said(first) == ["InventoryReserved"] * 2
    assert said(second) == ["InventoryReservationFailed"]


def test_a_release_forgets_what_was_wanted() -> None:
    order = uuid7()
    note_wanted({order: mugs(2)})
    release_for_orders([order])
    reserve_wanted([order])
    assert (stock(), said(order)[-1]) == ((5, 0), "InventoryReservationFailed")


def test_a_return_makes_its_units_available_once() -> None:
    order, return_id = uuid7(), uuid7()
    reserve_for_orders({order: mugs(3)})
    restock(order, return_id, 1)
    restock(order, return_id, 1)
    assert (stock(), Reservation.objects.get().quantity) == ((5, 2), 2)
    restock(order, uuid7(), 2)
    assert (stock(), status(order)) == ((5, 0), "released")
    assert said(order)[1:] == ["InventoryRestocked"] * 3


def test_goods_that_have_left_are_put_back_on_the_shelf() -> None:
    order = uuid7()
    reserve_for_orders({order: mugs(3)})
    Reservation.objects.update(status="consumed", sent=3)
    StockItem.objects.update(on_hand=2, reserved=0)
    restock(order, uuid7(), 2)
    assert (stock(), status(order)) == ((4, 0), "consumed")


def test_a_return_of_what_was_released_moves_nothing() -> None:
    order = uuid7()
    reserve_for_orders({order: mugs(3)})
    release_for_orders([order])
    restock(order, uuid7(), 2)
    assert stock() == (5, 0)
    assert said(order)[-1] == "InventoryRestocked"


def test_an_expired_hold_does_not_keep_its_units_from_others() -> None:
    late, other = uuid7(), uuid7()
    hold_for_orders({late: mugs(4)})
    let_expire(late)
    hold_for_orders({other: mugs(3)})
    assert (stock(), status(late)) == ((5, 3), "expired")
    assert said(other) == ["InventoryHeld"]
    commit_for_orders([late])
    assert said(late) == ["InventoryHeld", "InventoryReservationFailed"]
    assert stock() == (5, 3)


def test_a_hold_of_which_a_part_was_given_away_is_given_up_as_a_whole() -> None:
    change_stock([StockChange("JUG", 5, MovementKind.RECEIVED, "delivery")])
    late = uuid7()
    hold_for_orders({late: [WantedLine("MUG", 4), WantedLine("JUG", 1)]})
    let_expire(late)
    hold_for_orders({uuid7(): mugs(3)})
    commit_for_orders([late])
    rows = Reservation.objects.filter(order_id=late).order_by("sku").values_list("sku", "status")
    assert list(rows) == [("", "refused"), ("JUG", "expired"), ("MUG", "expired")]
    assert (stock()[1], StockItem.objects.get(sku="JUG").reserved) == (3, 0)


def test_the_sweep_gives_back_what_has_expired_and_nothing_else() -> None:
    late, good = uuid7(), uuid7()
    hold_for_orders({late: mugs(2), good: mugs(1)})
    let_expire(late)
    assert (expire_holds(), expire_holds()) == (1, 0)
    assert (stock(), status(late), status(good)) == ((5, 1), "expired", "held")
    assert StockMovement.objects.latest("id").kind == "released"


def test_no_hold_expires_while_its_payment_is_unknown() -> None:
    order = uuid7()
    hold_for_orders({order: mugs(4)})
    keep_while_payment_is_unknown([order])
    let_expire(order)
    hold_for_orders({uuid7(): mugs(2)})
    assert (expire_holds(), stock(), status(order)) == (0, (5, 4), "held")
    commit_for_orders([order])
    assert said(order) == ["InventoryHeld", "InventoryReserved"]


def test_a_hold_that_is_just_being_committed_is_passed_over() -> None:
    order = uuid7()
    hold_for_orders({order: mugs(2)})
    let_expire(order)
    with transaction.atomic():
        list(Reservation.objects.select_for_update().filter(order_id=order))
        at_once(1, lambda _: expire_holds())
        assert status(order) == "held"
    assert expire_holds() == 1


@pytest.fixture
def _two_holds_each(settings: Any) -> None:
    settings.UNPAID_HOLDS_PER_CUSTOMER = 2


def hold_for(customer: UUID, *new: UUID) -> None:
    hold_for_orders(dict.fromkeys(new, mugs(1)), customer_of=dict.fromkeys(new, customer))


def reason(order: UUID) -> str:
    failed = Message.objects.get(correlation_id=order, type="InventoryReservationFailed")
    return str(failed.payload["reason_code"])


@pytest.mark.usefixtures("_two_holds_each")
def test_a_customer_holds_no_more_unpaid_orders_than_allowed_and_others_do_not_notice() -> None:
    ada, bob = uuid7(), uuid7()
    first, second, third, of_bob = uuid7(), uuid7(), uuid7(), uuid7()
    hold_for(ada, first)
    hold_for(ada, second, third)
    hold_for(bob, of_bob)
    assert (said(second), said(of_bob)) == (["InventoryHeld"], ["InventoryHeld"])
    assert reason(third) == "too_many_unpaid_holds"
    assert stock() == (5, 3)
    hold_for(ada, first)
    assert said(first) == ["InventoryHeld"] * 2


@pytest.mark.usefixtures("_two_holds_each")
@pytest.mark.parametrize("end", [commit_for_orders, release_for_orders, None])
def test_a_hold_that_is_paid_released_or_expired_counts_no_more(end: Any) -> None:
    ada, first, second, third = uuid7(), uuid7(), uuid7(), uuid7()
    hold_for(ada, first, second)
    if end:
        end([first])
    else:
        let_expire(first)
    hold_for(ada, third)
    assert said(third) == ["InventoryHeld"]


@pytest.mark.usefixtures("_two_holds_each")
def test_an_order_that_gets_no_goods_does_not_count_against_those_behind_it() -> None:
    ada, new = uuid7(), [uuid7() for _ in range(5)]
    wanted = [mugs(9), mugs(9), mugs(1), mugs(1), mugs(1)]
    hold_for_orders(dict(zip(new, wanted, strict=True)), customer_of=dict.fromkeys(new, ada))
    assert [reason(order) for order in (*new[:2], new[4])] == [
        *["out_of_stock"] * 2,
        "too_many_unpaid_holds",
    ]
    assert stock() == (5, 2)


@pytest.mark.usefixtures("_two_holds_each")
def test_orders_of_a_customer_at_once_do_not_slip_past_the_cap() -> None:
    ada, new = uuid7(), [uuid7() for _ in range(5)]
    at_once(5, lambda number: hold_for(ada, new[number]))
    assert [said(order) for order in new].count(["InventoryHeld"]) == 2


@pytest.mark.usefixtures("_two_holds_each")
def test_an_order_beyond_the_cap_is_cancelled_for_that_reason_and_never_charged(
    audited: Shop,
) -> None:
    orders = [audited.order(flow="reserve_first") for _ in range(3)]
    settle()
    ended = Order.objects.filter(pk__in=[order.pk for order in orders])
    assert sorted(ended.values_list("status", "reason_code")) == [
        ("cancelled", "too_many_unpaid_holds"),
        ("confirmed", ""),
        ("confirmed", ""),
    ]
