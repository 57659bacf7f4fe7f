"""Payment status and stock status, at each stage and end of an order, in each flow."""

import pytest
from pytest_django import Settings

from orders.flows import FLOWS, RESERVE_FIRST
from orders.models import Order
from orders.services import (
    LineToReturn,
    request_cancellation,
    request_refund,
    request_return,
)
from readmodels.models import OrderDetail
from testkit.book import kept
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop, reprice
from tests.shop import send, take_in

every_flow = pytest.mark.parametrize("flow", sorted(FLOWS))


def facets(order: Order) -> tuple[str, str]:
    row = OrderDetail.objects.get(order_id=order.id)
    return row.payment_status, row.stock_status


@every_flow
def test_a_confirmed_order_is_paid_and_reserved_then_sent(audited: Shop, flow: str) -> None:
    order = audited.order(flow=flow)
    settle()
    assert facets(order) == ("authorized" if flow == RESERVE_FIRST else "paid", "reserved")
    send(order)
    settle()
    assert facets(order) == ("paid", "sent")


@every_flow
def test_a_declined_order_is_unpaid_and_keeps_nothing(audited: Shop, flow: str) -> None:
    order = audited.order(payment_method="pm_card_chargeDeclined", flow=flow)
    settle()
    assert facets(order) == ("unpaid", "released" if flow == RESERVE_FIRST else "unreserved")


@every_flow
def test_an_order_out_of_stock_is_refunded_if_it_was_charged(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 11}, flow=flow)
    settle()
    assert facets(order) == ("unpaid" if flow == RESERVE_FIRST else "refunded", "unreserved")


@every_flow
def test_a_cancelled_order_has_its_money_back_and_its_goods_are_free(
    audited: Shop, flow: str
) -> None:
    order = audited.order(flow=flow)
    settle()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_staff")
    settle()
    gone = "voided" if flow == RESERVE_FIRST else "refunded"
    assert facets(order) == (gone, "released")


@every_flow
def test_what_goes_back_in_parts_is_refunded_when_all_of_it_is(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 2}, flow=flow)
    settle()
    send(order)
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    take_in(order)
    settle()
    assert facets(order) == ("partly_refunded", "sent")
    request_refund(order_id=order.id, amount=PRICE, reason="a scratch")
    settle()
    assert facets(order) == ("refunded", "sent")
    assert kept(order.id) == 0


def test_money_is_set_aside_before_it_is_taken_or_let_go(audited: Shop, settings: Settings) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    first = audited.order(flow=RESERVE_FIRST)
    settle_all_but("gateway")
    assert facets(first) == ("unpaid", "held")
    settle_all_but("inventory")
    assert facets(first) == ("authorized", "held")
    request_cancellation(order_id=first.id, reason_code="cancelled_by_customer")
    settle()
    assert facets(first) == ("voided", "released")


@every_flow
def test_an_order_that_costs_nothing_is_paid(audited: Shop, flow: str) -> None:
    reprice("MUG", 0)
    order = audited.order(flow=flow)
    settle()
    send(order)
    settle()
    assert facets(order) == ("paid", "sent")


@every_flow
def test_a_wrong_amount_is_refunded_or_voided(audited: Shop, flow: str) -> None:
    order = audited.order(payment_method="pm_sandbox_wrong_amount", flow=flow)
    settle()
    expected = "unpaid" if flow == RESERVE_FIRST else "refunded"
    assert facets(order)[0] == expected
    assert kept(order.id) == 0
