"""Each outcome of an order, in each flow, through the public door until nothing is owed."""

from collections.abc import Iterable

import pytest

from orders.events import CHOREOGRAPHED
from orders.flows import CHARGE_FIRST, FLOWS, RESERVE_FIRST
from orders.sagas.models import SagaInstance
from payments.models import PaymentOperation
from readmodels.models import OrderSummary
from testkit.book import book_of, kept, moved
from testkit.delivering import settle
from testkit.shop import PRICE, Shop, outcome, reprice

pytestmark = pytest.mark.parametrize("flow", sorted(FLOWS))

BEGUN_AS = {CHARGE_FIRST: "charge", RESERVE_FIRST: "authorize", CHOREOGRAPHED: "charge"}

DECLINES = [
    "pm_card_chargeDeclined",
    "pm_card_chargeDeclinedInsufficientFunds",
    "pm_card_chargeDeclinedExpiredCard",
    "pm_no_such_thing",
]


def test_a_paid_order_in_stock_is_confirmed_and_holds_its_goods(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 3}, flow=flow)
    settle()
    assert outcome(order) == ("confirmed", "")
    assert audited.reserved() == 3
    assert kept(order.id) == 3 * PRICE
    assert moved(order.id, "refund", "void") == []


def test_a_flow_with_a_coordinator_has_one_and_a_choreographed_one_has_none(
    audited: Shop, flow: str
) -> None:
    order = audited.order(flow=flow)
    settle()
    sagas = SagaInstance.objects.filter(correlation_id=order.id)
    assert list(sagas.values_list("definition", "status")) == (
        [] if flow == CHOREOGRAPHED else [(flow, "completed")]
    )


def test_its_read_row_says_so(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 3}, flow=flow)
    settle()
    row = OrderSummary.objects.get(order_id=order.id)
    assert (row.status, row.item_count, row.amount) == ("confirmed", 3, 3 * PRICE)
    assert row.customer_id == order.customer_id


@pytest.mark.parametrize("card", DECLINES)
def test_a_declined_card_cancels_the_order_and_takes_nothing(
    audited: Shop, flow: str, card: str
) -> None:
    order = audited.order(payment_method=card, flow=flow)
    settle()
    assert outcome(order) == ("cancelled", "payment_declined")
    assert audited.reserved() == 0
    assert moved(order.id, "charge", "authorize") == []


def test_missing_stock_refunds_the_payment_and_cancels_the_order(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 11}, flow=flow)
    settle()
    assert outcome(order) == ("cancelled", "out_of_stock")
    assert audited.reserved() == 0
    assert kept(order.id) == 0


def test_one_missing_line_reserves_none_of_the_others(audited: Shop, flow: str) -> None:
    audited.receive("TEAPOT", 1)
    order = audited.order({"MUG": 2, "TEAPOT": 2}, flow=flow)
    settle()
    assert outcome(order) == ("cancelled", "out_of_stock")
    assert (audited.reserved("MUG"), audited.reserved("TEAPOT")) == (0, 0)


def test_an_order_that_costs_nothing_is_confirmed(audited: Shop, flow: str) -> None:
    reprice("MUG", 0)
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
    begun, *_ = book_of(order.id)
    assert (begun.kind, begun.amount, begun.calls) == (BEGUN_AS[flow], PRICE, calls)
    assert kept(order.id) == PRICE


def test_a_silent_charge_of_an_order_out_of_stock_is_refunded(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 11}, payment_method="pm_sandbox_silent_once", flow=flow)
    settle()
    assert outcome(order) == ("cancelled", "out_of_stock")
    assert kept(order.id) == 0


def test_many_orders_of_all_kinds_settle_together(audited: Shop, flow: str) -> None:
    orders = [
        audited.order(payment_method=card, flow=flow)
        for card in ["pm_card_visa", "pm_card_chargeDeclined", "pm_sandbox_silent_once"]
        for _ in range(6)
    ]
    settle()
    ends = count(outcome(order) for order in orders)
    # Where goods are held first, declined orders hold some while they last.
    assert ends["confirmed", ""] == audited.reserved()
    assert ends["confirmed", ""] == 10 or flow == RESERVE_FIRST
    assert ends.keys() == {
        ("confirmed", ""),
        ("cancelled", "out_of_stock"),
        ("cancelled", "payment_declined"),
    }
    assert not PaymentOperation.objects.filter(outcome__in=("requested", "unknown")).exists()


def count(outcomes: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    totals: dict[tuple[str, str], int] = {}
    for each in outcomes:
        totals[each] = totals.get(each, 0) + 1
    return totals
