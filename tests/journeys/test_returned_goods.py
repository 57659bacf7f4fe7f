"""Goods that had left come back: expected, received, refunded; or they never come."""

import pytest
from django.contrib.auth.models import Permission, User
from pytest_django import Settings

from inventory.models import MovementKind, StockItem, StockMovement
from orders.flows import FLOWS
from orders.models import Order, OrderReturn, RefundProposal
from orders.sagas.models import SagaInstance
from orders.sagas.operators import verbs
from orders.sagas.operators.interventions import Refused
from orders.services import (
    LineReceived,
    LineToReturn,
    ReturnRefused,
    give_up_return,
    receive_return,
    request_refund,
    request_return,
    return_for_customer,
)
from readmodels.models import OrderDetail
from testkit.book import kept, moved
from testkit.clock import let_deadlines_pass
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop, outcome
from tests.shop import let_return_time_pass, send, take_in

every_flow = pytest.mark.parametrize("flow", sorted(FLOWS))


def sent_order(shop: Shop, flow: str | None = None, units: int = 4) -> Order:
    order = shop.order({"MUG": units}, flow=flow)
    settle()
    send(order)
    settle()
    return order


def expect(order: Order, units: int) -> OrderReturn:
    returned = request_return(order_id=order.id, lines=[LineToReturn(1, units)], reason="too small")
    assert returned is not None
    settle()
    return returned


def receive(returned: OrderReturn, *, restocked: int, written_off: int = 0) -> OrderReturn:
    lines = [LineReceived(1, restocked, written_off)]
    return receive_return(return_id=returned.id, lines=lines, by="packer")


def mugs() -> int:
    return StockItem.objects.get(sku="MUG").on_hand


def statuses(order: Order) -> list[str]:
    """Return the statuses of an order's returns, in its tables and on its page."""
    page = [each["status"] for each in OrderDetail.objects.get(order_id=order.id).returns]
    assert page == [each.status for each in order.returns.order_by("id")]
    return page


@every_flow
def test_what_had_left_is_refunded_when_it_is_back_and_what_is_broken_is_written_off(
    audited: Shop, flow: str
) -> None:
    order = sent_order(audited, flow)
    returned = expect(order, 3)
    assert statuses(order) == ["expected"]
    assert (moved(order.id, "refund"), mugs(), kept(order.id)) == ([], 6, 4 * PRICE)

    receive(returned, restocked=2, written_off=1)
    settle()

    assert statuses(order) == ["completed"]
    assert (moved(order.id, "refund"), mugs(), kept(order.id)) == ([3 * PRICE], 8, PRICE)
    lost = StockMovement.objects.get(kind=MovementKind.WRITTEN_OFF, order_id=order.id)
    assert lost.on_hand_change == -1
    assert outcome(order) == ("fulfilled", "")


@every_flow
def test_goods_that_never_come_are_not_refunded_and_can_be_returned_later(
    audited: Shop, flow: str
) -> None:
    order = sent_order(audited, flow)
    returned = expect(order, 4)
    let_return_time_pass(order)
    settle()
    assert statuses(order) == ["given_up"]
    assert (moved(order.id, "refund"), kept(order.id)) == ([], 4 * PRICE)
    with pytest.raises(ReturnRefused, match="returned anew"):
        receive(returned, restocked=4)
    expect(order, 4)
    take_in(order)
    settle()
    assert (statuses(order), kept(order.id)) == (["given_up", "completed"], 0)


def test_only_what_came_back_is_refunded(audited: Shop) -> None:
    order = sent_order(audited)
    returned = expect(order, 3)
    for restocked, written_off in ((4, 0), (2, 2), (-1, 2)):
        with pytest.raises(ReturnRefused, match="3 are expected"):
            receive(returned, restocked=restocked, written_off=written_off)
    with pytest.raises(ReturnRefused, match="no units came back"):
        receive(returned, restocked=0)
    receive(returned, restocked=1)
    settle()
    assert moved(order.id, "refund") == [PRICE]
    expect(order, 3)
    with pytest.raises(ReturnRefused, match="0 are left"):
        expect(order, 1)


def test_goods_that_are_received_twice_are_refunded_and_restocked_once(
    audited: Shop, settings: Settings
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    order = sent_order(audited)
    returned = expect(order, 2)
    receive(returned, restocked=2)
    settle_all_but("inventory")
    let_deadlines_pass(order.id, steps=("restock",))
    receive(returned, restocked=1)
    settle()
    assert (moved(order.id, "refund"), mugs()) == ([2 * PRICE], 8)


def test_a_customer_withdraws_a_return_until_its_goods_are_back(audited: Shop) -> None:
    order = sent_order(audited)
    returned = expect(order, 2)
    for _ in range(2):
        give_up_return(return_id=returned.id, reason="keeps them")
    settle()
    assert statuses(order) == ["given_up"]
    again = expect(order, 2)
    receive(again, restocked=2)
    with pytest.raises(ReturnRefused, match="cannot be given up"):
        give_up_return(return_id=again.id, reason="keeps them")
    settle()
    assert kept(order.id) == 2 * PRICE


def test_the_deadline_that_passes_while_goods_are_received_changes_nothing(
    audited: Shop, settings: Settings
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    order = sent_order(audited)
    returned = expect(order, 2)
    receive(returned, restocked=2)
    let_deadlines_pass(order.id, steps=("receive",))
    settle()
    assert statuses(order) == ["completed"]
    assert moved(order.id, "refund") == [2 * PRICE]


def test_goods_that_are_expected_are_in_nobodys_way(audited: Shop) -> None:
    order = audited.order({"MUG": 4})
    settle()
    send(order, {1: 2})
    settle()
    first = expect(order, 1)
    second = expect(order, 1)
    request_refund(order_id=order.id, amount=99, reason="a scratch")
    with pytest.raises(ReturnRefused, match="under way"):
        receive(first, restocked=1)
    settle()
    send(order)
    settle()
    receive(first, restocked=1)
    settle()
    receive(second, restocked=1)
    settle()
    assert outcome(order) == ("fulfilled", "")
    assert (kept(order.id), mugs()) == (2 * PRICE - 99, 8)


def test_operators_can_ask_for_goods_again_but_not_decide_that_they_came(audited: Shop) -> None:
    order = sent_order(audited)
    returned = expect(order, 2)
    saga = SagaInstance.objects.get(correlation_id=order.id, definition="return_goods")
    with pytest.raises(Refused, match="whether receive happened"):
        verbs.skip(saga_id=saga.id, by=None, reason="lost", step="receive")
    with pytest.raises(Refused, match="whether receive happened"):
        verbs.resolve(saga_id=saga.id, by=None, reason="lost")
    verbs.retry(saga_id=saga.id, by=None, reason="have a look")
    settle()
    assert statuses(order) == ["expected"]
    verbs.suspend(saga_id=saga.id, by=None, reason="a moment")
    receive(returned, restocked=2)
    settle()
    assert moved(order.id, "refund") == []
    verbs.resume(saga_id=saga.id, by=None, reason="go on")
    settle()
    assert moved(order.id, "refund") == [2 * PRICE]


def test_what_is_expected_counts_towards_the_limit_of_one_person(
    audited: Shop, settings: Settings
) -> None:
    settings.REFUND_APPROVAL_ABOVE = 3 * PRICE
    order = sent_order(audited)
    clerk = User.objects.create_user("clerk")
    clerk.user_permissions.add(Permission.objects.get(codename="propose_refund"))
    expect(order, 2)
    lines = [LineToReturn(1, 2)]
    made = return_for_customer(order_id=order.id, lines=lines, reason="too small", by=clerk)
    assert isinstance(made, RefundProposal)


def test_a_shop_that_trusts_its_customers_refunds_before_the_goods_are_back(
    audited: Shop, settings: Settings
) -> None:
    settings.RETURNS_AWAIT_GOODS = False
    order = sent_order(audited)
    expect(order, 3)
    assert statuses(order) == ["completed"]
    assert (moved(order.id, "refund"), mugs()) == ([3 * PRICE], 9)
