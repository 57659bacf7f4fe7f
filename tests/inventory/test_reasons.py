"""Each movement of stock has a reason."""

import pytest
from django.db import IntegrityError, transaction

from inventory.models import MovementKind, StockMovement
from orders.models import Order
from orders.services import LineToReturn, request_return
from testkit.clock import let_hold_run_out
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop
from tests.readmodels.day import a_busy_day_of
from tests.shop import send, take_in


def reasons_of(order: Order) -> list[tuple[str, str]]:
    moved = StockMovement.objects.filter(order_id=order.id).order_by("id")
    return list(moved.values_list("kind", "reason"))


def test_every_movement_of_a_day_bears_a_reason(audited: Shop) -> None:
    a_busy_day_of(audited)
    reasons = set(StockMovement.objects.values_list("kind", "reason"))
    assert reasons == {
        ("received", "delivery"),
        ("reserved", "ordered"),
        ("reserved", "the order is paid"),
        ("reserved", "kept until the order is paid"),
        ("released", "the order was given up"),
        ("consumed", "sent"),
        ("restocked", "returned"),
    }


def test_goods_that_were_waited_for_say_so(audited: Shop) -> None:
    order = audited.order({"MUG": 12}, partial=True)
    settle()
    audited.receive("MUG", 5)
    settle()
    assert reasons_of(order.backorders.get()) == [("reserved", "the order has waited for it")]


def test_goods_of_an_expired_hold_say_so(audited: Shop) -> None:
    order = audited.order({"MUG": 2}, flow="reserve_first")
    settle_all_but("gateway")
    let_hold_run_out(order.id)
    assert reasons_of(order) == [
        ("reserved", "kept until the order is paid"),
        ("released", "the hold has expired"),
    ]


def test_goods_that_come_back_before_they_were_sent_or_after_say_so(audited: Shop) -> None:
    for is_sent in (False, True):
        order = audited.order({"MUG": 2})
        settle()
        if is_sent:
            send(order)
            settle()
        request_return(order_id=order.id, lines=[LineToReturn(1, 1)], reason="too small")
        take_in(order)
        settle()
        kind = "restocked" if is_sent else "released"
        assert reasons_of(order)[-1] == (kind, "returned")


@pytest.mark.usefixtures("transactional_db")
def test_the_database_refuses_a_movement_without_a_reason() -> None:
    with (
        pytest.raises(IntegrityError, match="inventory_movement_has_reason"),
        transaction.atomic(),
    ):
        StockMovement.objects.create(sku="MUG", kind=MovementKind.RECEIVED, on_hand_change=1)
