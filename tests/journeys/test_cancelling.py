"""A cancellation at every stage of every flow: early or late, nothing of the order is left."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from django.db import connections
from pytest_django import Settings

from orders.events import CHOREOGRAPHED
from orders.flows import CHARGE_FIRST, FLOWS, RESERVE_FIRST
from orders.models import IllegalMove, Order
from orders.sagas.models import SagaInstance
from orders.services import request_cancellation
from outbox.delivery.batch import deliver_batch
from outbox.delivery.relay import owed_names
from outbox.models import Message
from outbox.registry import receivers, subscribers
from testkit.book import kept, moved, taken
from testkit.delivering import hurry, settle, settle_all_but
from testkit.shop import PRICE, Shop, outcome
from tests.shop import send

BY_CUSTOMER = "cancelled_by_customer"

every_flow = pytest.mark.parametrize("flow", sorted(FLOWS))


def cancel(order: Order, reason_code: str = BY_CUSTOMER) -> None:
    request_cancellation(order_id=order.id, reason_code=reason_code)


def hops() -> Iterator[int]:
    """Deliver to one subscriber after the other; yield before each, until nothing is owed."""
    for hop in count():
        hurry()
        names = owed_names()
        if not names:
            return
        yield hop
        deliver_batch(receivers(names[:1])[0])


def commits_of(shop: Shop, flow: str) -> int:
    """Count the hops of an order that nobody disturbs."""
    shop.order(flow=flow)
    return sum(1 for _ in hops())


@every_flow
def test_a_cancellation_at_any_stage_leaves_nothing_charged_or_held(
    audited: Shop, settings: Settings, flow: str
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    stages = commits_of(audited, flow)
    assert stages > 5
    won = []
    for stage in range(stages + 1):
        order = audited.order(flow=flow)
        for hop in hops():
            if hop == stage:
                break
        won.append(Order.objects.get(pk=order.id).confirmed_at is None)
        cancel(order)
        settle()
        assert outcome(order) == ("cancelled", BY_CUSTOMER), stage
        assert kept(order.id) == 0, stage
        assert audited.reserved() == 1, stage
    assert won == sorted(won, reverse=True)
    assert {True, False} == set(won)


@every_flow
def test_a_cancellation_of_a_declined_or_missing_order_changes_no_books(
    audited: Shop, settings: Settings, flow: str
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    orders = [
        audited.order(payment_method="pm_card_chargeDeclined", flow=flow),
        audited.order({"MUG": 11}, flow=flow),
        audited.order({"MUG": 11}, payment_method="pm_sandbox_silent_once", flow=flow),
    ]
    for hop in hops():
        for order in orders:
            if hop == 4:
                cancel(order)
    for order in orders:
        assert outcome(order)[0] == "cancelled"
        assert kept(order.id) == 0
    assert audited.reserved() == 0


@every_flow
def test_of_a_confirmation_and_a_cancellation_at_once_exactly_one_is_first(
    audited: Shop, settings: Settings, flow: str
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    orders = [audited.order(flow=flow) for _ in range(8)]
    for _ in hops():
        is_next = Message.objects.filter(type__in=("ConfirmOrder", "InventoryReserved")).exists()
        if is_next and set(owed_names()) & {"orders"}:
            break

    def work(number: int) -> None:
        try:
            if number:
                cancel(orders[number - 1])
            else:
                deliver_batch(subscribers["orders"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(9) as pool:
        list(pool.map(work, range(9)))
    settle()
    for order in orders:
        assert outcome(order) == ("cancelled", BY_CUSTOMER)
        assert kept(order.id) == 0
    assert audited.reserved() == 0


@every_flow
def test_cancelling_a_confirmed_order_refunds_it_to_the_penny_and_restocks(
    audited: Shop, flow: str
) -> None:
    order = audited.order({"MUG": 4}, flow=flow)
    settle()
    cancel(order)
    settle()
    assert outcome(order) == ("cancelled", BY_CUSTOMER)
    assert audited.reserved() == 0
    assert moved(order.id, "refund", "void") == [4 * PRICE]


@every_flow
def test_asking_twice_for_the_cancellation_refunds_once(audited: Shop, flow: str) -> None:
    order = audited.order(flow=flow)
    settle()
    for _ in range(2):
        cancel(order, "cancelled_by_staff")
    settle()
    cancel(order, "cancelled_by_staff")
    settle()
    assert moved(order.id, "refund", "void") == [PRICE]


def test_what_is_confirmed_and_not_captured_yet_is_let_go_and_both_sagas_end(
    audited: Shop,
) -> None:
    order = audited.order(flow=RESERVE_FIRST)
    settle()
    assert (outcome(order), taken(order.id)) == (("confirmed", ""), [])
    cancel(order)
    settle()
    assert outcome(order) == ("cancelled", BY_CUSTOMER)
    assert (taken(order.id), moved(order.id, "void")) == ([], [PRICE])
    sagas = SagaInstance.objects.filter(correlation_id=order.id)
    assert dict(sagas.values_list("definition", "status")) == {
        "reserve_first": "completed",
        "cancel_confirmed": "completed",
    }


def test_a_pending_order_is_undone_by_the_saga_of_its_flow(audited: Shop) -> None:
    order = audited.order(payment_method="pm_sandbox_silent_thrice", flow=CHARGE_FIRST)
    settle_all_but("gateway")
    cancel(order)
    settle()
    (saga,) = SagaInstance.objects.filter(correlation_id=order.id)
    assert (saga.definition, saga.status) == (CHARGE_FIRST, "compensated")


def test_a_pending_choreographed_order_is_undone_by_the_saga_of_cancellations(
    audited: Shop,
) -> None:
    order = audited.order(payment_method="pm_sandbox_silent_thrice", flow=CHOREOGRAPHED)
    settle_all_but("gateway")
    cancel(order)
    settle()
    assert outcome(order) == ("cancelled", BY_CUSTOMER)
    (saga,) = SagaInstance.objects.filter(correlation_id=order.id)
    assert (saga.definition, saga.status) == ("cancel_confirmed", "completed")


@every_flow
def test_an_order_whose_goods_have_left_is_not_cancelled(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 2}, flow=flow)
    settle()
    send(order)
    settle()
    with pytest.raises(IllegalMove, match="fulfilled"):
        cancel(order)
    assert outcome(order) == ("fulfilled", "")
    assert audited.reserved() == 0
