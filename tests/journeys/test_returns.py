"""Some of an order comes back, or some of its money goes back: the books stay balanced."""

import pytest
from django.db import transaction
from pytest_django import Settings

from inventory.models import StockItem
from orders.flows import FLOWS, RESERVE_FIRST
from orders.models import IllegalMove, Order, OrderReturn
from orders.pricing import NewLine
from orders.services import (
    LineToReturn,
    ReturnRefused,
    ShipmentRefused,
    place_order,
    request_cancellation,
    request_refund,
    request_return,
)
from outbox.models import Lane, Message
from outbox.publishing import publish
from payments.commands import RefundPaymentPart
from testkit.book import kept, moved
from testkit.clock import let_deadlines_pass
from testkit.delivering import settle, settle_all_but
from testkit.lanes import owe_again
from testkit.shop import PRICE, Shop, outcome
from tests.shop import send, take_in

every_flow = pytest.mark.parametrize("flow", sorted(FLOWS))


def bring_back(order: Order, **units_by_line: int) -> OrderReturn | None:
    """Return units of lines, named ``line1`` and so on."""
    lines = [LineToReturn(int(name[4:]), units) for name, units in units_by_line.items()]
    return request_return(order_id=order.id, lines=lines, reason="too small")


@every_flow
def test_a_return_of_some_units_refunds_and_restocks_them_and_the_order_stands(
    audited: Shop, flow: str
) -> None:
    audited.receive("JUG", 5)
    order = audited.order({"MUG": 4, "JUG": 2}, flow=flow)
    settle()
    bring_back(order, line1=3, line2=1)
    settle()
    assert outcome(order) == ("confirmed", "")
    assert (audited.reserved("MUG"), audited.reserved("JUG")) == (1, 1)
    assert moved(order.id, "refund") == ([] if flow == RESERVE_FIRST else [4 * PRICE])
    assert kept(order.id) == 2 * PRICE
    assert order.returned_amount == 4 * PRICE


@every_flow
def test_goods_that_had_left_go_back_on_the_shelf(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 4}, flow=flow)
    settle()
    send(order)
    settle()
    bring_back(order, line1=4)
    settle()
    take_in(order)
    settle()
    assert outcome(order) == ("fulfilled", "")
    item = StockItem.objects.get(sku="MUG")
    assert (item.on_hand, item.reserved) == (10, 0)
    assert kept(order.id) == 0


@every_flow
def test_a_return_of_all_that_is_left_cancels_the_order(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 4}, flow=flow)
    settle()
    bring_back(order, line1=1)
    settle()
    assert bring_back(order, line1=3) is None
    settle()
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    assert moved(order.id, "refund") == ([] if flow == RESERVE_FIRST else [PRICE, 3 * PRICE])
    assert (audited.reserved(), kept(order.id)) == (0, 0)


@every_flow
def test_a_partial_refund_leaves_the_goods_with_the_customer(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 2}, flow=flow)
    settle()
    request_refund(order_id=order.id, amount=99, reason="a scratch")
    settle()
    assert outcome(order) == ("confirmed", "")
    assert audited.reserved() == 2
    assert kept(order.id) == 2 * PRICE - 99


@every_flow
def test_a_cancellation_after_a_return_refunds_the_rest(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 4}, flow=flow)
    settle()
    bring_back(order, line1=1)
    settle()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_staff")
    settle()
    assert moved(order.id, "refund") == ([] if flow == RESERVE_FIRST else [PRICE, 3 * PRICE])
    assert (audited.reserved(), kept(order.id)) == (0, 0)


def test_units_of_a_discounted_line_add_up_to_the_line(audited: Shop) -> None:
    order = place_order(
        customer=audited.customer,
        lines=[NewLine("MUG", 3, unit_price=100, discount=100), NewLine("MUG", 1)],
        payment_method="pm_card_visa",
    )
    settle()
    for _ in range(3):
        bring_back(order, line1=1)
        settle()
    assert moved(order.id, "refund") == [66, 67, 67]
    assert kept(order.id) == PRICE


def test_what_was_refunded_without_goods_is_not_refunded_again_with_them(audited: Shop) -> None:
    order = audited.order({"MUG": 2})
    settle()
    request_refund(order_id=order.id, amount=2 * PRICE - 10, reason="very late")
    settle()
    bring_back(order, line1=1)
    settle()
    assert moved(order.id, "refund") == [2 * PRICE - 10, 10]
    assert audited.reserved() == 1


def test_a_return_that_is_worth_nothing_restocks_all_the_same(audited: Shop) -> None:
    order = audited.order({"MUG": 2})
    settle()
    request_refund(order_id=order.id, amount=2 * PRICE, reason="broken")
    settle()
    bring_back(order, line1=1)
    settle()
    assert moved(order.id, "refund") == [2 * PRICE]
    assert audited.reserved() == 1
    assert not OrderReturn.objects.filter(completed_at=None).exists()


def test_a_return_whose_refund_gives_no_answer_is_asked_again_and_paid_once(
    audited: Shop, settings: Settings
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    order = audited.order({"MUG": 3})
    settle()
    bring_back(order, line1=1)
    settle_all_but("gateway")
    let_deadlines_pass(order.id)
    settle()
    bring_back(order, line1=1)
    settle()
    assert moved(order.id, "refund") == [PRICE, PRICE]
    assert audited.reserved() == 1


def test_a_late_answer_to_an_earlier_return_does_not_answer_a_later_one(
    audited: Shop, settings: Settings
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    order = audited.order({"MUG": 3})
    settle()
    first = bring_back(order, line1=1)
    settle()
    second = bring_back(order, line1=1)
    settle_all_but("gateway")
    assert first is not None
    assert second is not None
    answer = Message.objects.get(correlation_id=order.id, type="PaymentPartRefunded")
    owe_again("sagas")
    Lane.objects.filter(subscriber="sagas").update(next=answer.sequence)
    settle_all_but("gateway")
    second.refresh_from_db()
    assert second.completed_at is None
    settle()
    second.refresh_from_db()
    assert second.completed_at is not None


def test_one_return_at_a_time(audited: Shop) -> None:
    order = audited.order({"MUG": 3})
    settle()
    bring_back(order, line1=1)
    with pytest.raises(ReturnRefused, match="under way"):
        bring_back(order, line1=1)
    with pytest.raises(ReturnRefused, match="under way"):
        bring_back(order, line1=2)
    with pytest.raises(IllegalMove, match="under way"):
        request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    with pytest.raises(ShipmentRefused, match="under way"):
        send(order)
    settle()


def test_more_than_was_bought_is_not_returned(audited: Shop) -> None:
    order = audited.order({"MUG": 3})
    settle()
    for units in (0, -1, 4):
        with pytest.raises(ReturnRefused, match="3 are left"):
            bring_back(order, line1=units)
    with pytest.raises(ReturnRefused, match="line 7: 1 units cannot be returned, 0 are left"):
        bring_back(order, line7=1)
    with pytest.raises(ReturnRefused, match="needs lines"):
        bring_back(order)


def test_more_than_is_left_is_not_refunded(audited: Shop) -> None:
    order = audited.order({"MUG": 2})
    settle()
    request_refund(order_id=order.id, amount=PRICE, reason="a scratch")
    settle()
    for amount in (0, -5, PRICE + 1):
        with pytest.raises(ReturnRefused, match=r"12\.50 GBP is left of it"):
            request_refund(order_id=order.id, amount=amount, reason="another")


def test_nothing_of_an_order_that_does_not_stand_is_returned(audited: Shop) -> None:
    order = audited.order({"MUG": 2})
    with pytest.raises(ReturnRefused, match="is pending"):
        bring_back(order, line1=1)
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    with pytest.raises(ReturnRefused, match="is cancelling"):
        request_refund(order_id=order.id, amount=1, reason="late")
    settle()


@pytest.mark.parametrize("settled_as", ["silent_thrice", "late"])
def test_a_return_whose_refund_is_still_open_is_not_refunded_a_second_time(
    audited: Shop, settled_as: str
) -> None:
    order = audited.order({"MUG": 4}, payment_method=f"pm_sandbox_refund_{settled_as}")
    settle()
    returned = bring_back(order, line1=1)
    assert returned is not None
    settle_all_but("gateway")
    ask_again = RefundPaymentPart(order_id=order.id, return_id=returned.id, amount=returned.amount)
    for _ in range(2):
        with transaction.atomic():
            publish(ask_again, conversation=order.id)
        settle_all_but("gateway")
    assert not Lane.objects.filter(subscriber="payments").exists()
    settle()
    assert moved(order.id, "refund") == [PRICE]
    assert kept(order.id) == 3 * PRICE
