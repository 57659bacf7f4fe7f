"""Each outcome of an order, in each flow, through the public door until nothing is owed."""

from collections.abc import Iterable

import pytest

from orders.flows import FLOWS
from orders.models import Order, Product
from orders.services import request_cancellation
from payments.models import PaymentOperation
from readmodels.models import OrderSummary
from tests.shop import PRICE, Shop, book_of, settle

pytestmark = pytest.mark.parametrize("flow", sorted(FLOWS))

DECLINES = [
    "pm_card_chargeDeclined",
    "pm_card_chargeDeclinedInsufficientFunds",
    "pm_card_chargeDeclinedExpiredCard",
    "pm_no_such_thing",
]


def outcome(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.status, order.reason_code


def effective(order: Order, kind: str) -> list[int]:
    return [e.amount for e in book_of(order.id) if e.kind == kind and not e.decline_code]


def test_a_paid_order_in_stock_is_confirmed_and_holds_its_goods(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 3}, flow=flow)
    settle()
    assert outcome(order) == ("confirmed", "")
    assert audited.reserved() == 3
    assert effective(order, "charge") == [3 * PRICE]
    assert effective(order, "refund") == []


def test_its_read_row_says_so(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 3}, flow=flow)
    settle()
    row = OrderSummary.objects.get(order_id=order.id)
    assert (row.status, row.item_count, row.amount) == ("confirmed", 3, 3 * PRICE)
    assert row.customer_name == "Ada Lovelace"


@pytest.mark.parametrize("card", DECLINES)
def test_a_declined_card_cancels_the_order_and_takes_nothing(
    audited: Shop, flow: str, card: str
) -> None:
    order = audited.order(payment_method=card, flow=flow)
    settle()
    assert outcome(order) == ("cancelled", "payment_declined")
    assert audited.reserved() == 0
    assert effective(order, "charge") == []


def test_missing_stock_refunds_the_payment_and_cancels_the_order(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 11}, flow=flow)
    settle()
    assert outcome(order) == ("cancelled", "out_of_stock")
    assert audited.reserved() == 0
    assert sum(effective(order, "charge")) == sum(effective(order, "refund"))


def test_one_missing_line_reserves_none_of_the_others(audited: Shop, flow: str) -> None:
    audited.receive("TEAPOT", 1)
    order = audited.order({"MUG": 2, "TEAPOT": 2}, flow=flow)
    settle()
    assert outcome(order) == ("cancelled", "out_of_stock")
    assert (audited.reserved("MUG"), audited.reserved("TEAPOT")) == (0, 0)


def test_an_order_that_costs_nothing_is_confirmed(audited: Shop, flow: str) -> None:
    Product.objects.filter(sku="MUG").update(unit_price=0)
    order = audited.order({"MUG": 1}, flow=flow)
    settle()
    assert outcome(order) == ("confirmed", "")


@pytest.mark.parametrize(
    ("card", "calls"), [("pm_sandbox_silent_once", 2), ("pm_sandbox_silent_thrice", 4)]
)
def test_a_gateway_silent_for_a_while_charges_once_and_the_order_is_confirmed(
    audited: Shop, flow: str, card: str, calls: int
) -> None:
    order = audited.order(payment_method=card, flow=flow)
    settle()
    assert outcome(order) == ("confirmed", "")
    (entry,) = book_of(order.id)
    assert (entry.kind, entry.amount, entry.calls) == ("charge", PRICE, calls)


def test_a_silent_charge_of_an_order_out_of_stock_is_refunded(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 11}, payment_method="pm_sandbox_silent_once", flow=flow)
    settle()
    assert outcome(order) == ("cancelled", "out_of_stock")
    assert sum(effective(order, "charge")) == sum(effective(order, "refund"))


def test_cancelling_a_confirmed_order_refunds_it_to_the_penny_and_restocks(
    audited: Shop, flow: str
) -> None:
    order = audited.order({"MUG": 4}, flow=flow)
    settle()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    assert audited.reserved() == 0
    assert effective(order, "refund") == [4 * PRICE]


def test_asking_twice_for_the_cancellation_refunds_once(audited: Shop, flow: str) -> None:
    order = audited.order(flow=flow)
    settle()
    for _ in range(2):
        request_cancellation(order_id=order.id, reason_code="cancelled_by_staff")
    settle()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_staff")
    settle()
    assert effective(order, "refund") == [PRICE]


def test_many_orders_of_all_kinds_settle_together(audited: Shop, flow: str) -> None:
    orders = [
        audited.order(payment_method=card, flow=flow)
        for card in ["pm_card_visa", "pm_card_chargeDeclined", "pm_sandbox_silent_once"]
        for _ in range(6)
    ]
    settle()
    assert count(outcome(order) for order in orders) == {
        ("confirmed", ""): 10,
        ("cancelled", "out_of_stock"): 2,
        ("cancelled", "payment_declined"): 6,
    }
    assert audited.reserved() == 10
    assert not PaymentOperation.objects.filter(outcome__in=("requested", "unknown")).exists()


def count(outcomes: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    totals: dict[tuple[str, str], int] = {}
    for each in outcomes:
        totals[each] = totals.get(each, 0) + 1
    return totals
