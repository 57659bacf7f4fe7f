"""Trouble that lasts, in every flow: it ends with a flag and the books say what is left."""

import pytest
from pytest_django import Settings

from inventory.services import expire_holds
from orders.events import CHOREOGRAPHED
from orders.flows import CHARGE_FIRST, FLOWS, RESERVE_FIRST
from orders.models import Order
from orders.services import flag_overdue_orders, request_cancellation
from outbox.delivery.batch import deliver_batch
from outbox.registry import subscribers
from payments.models import Payment
from testkit.book import kept, moved, taken
from testkit.clock import age_holds, let_deadlines_pass, let_hold_run_out
from testkit.delivering import hurry, settle, settle_all_but
from testkit.shop import PRICE, Shop, outcome
from tests.shop import send

every_flow = pytest.mark.parametrize("flow", sorted(FLOWS))


@pytest.fixture(autouse=True)
def _soon(settings: Settings) -> None:
    """Let a subscriber be silent while its work waits, and a choreographed order be overdue."""
    settings.OUTBOX_FOLLOW_UP = False
    settings.ORDER_OVERDUE_MINUTES = -2


def wait_long(order: Order, *silent: str) -> None:
    """Let all deadlines of an order pass, again and again, while some are silent."""
    for _ in range(8):
        settle_all_but(*silent)
        let_deadlines_pass(order.id)
    settle_all_but(*silent)
    flag_overdue_orders()
    order.refresh_from_db()


@every_flow
def test_a_gateway_that_is_silent_for_good_flags_the_order_until_it_answers(
    audited: Shop, flow: str
) -> None:
    order = audited.order(flow=flow)
    wait_long(order, "gateway")
    assert (order.status, order.needs_attention) == ("pending", True)
    settle()
    assert outcome(order) == ("confirmed", "")
    assert not order.needs_attention
    assert kept(order.id) == PRICE


@every_flow
def test_an_order_given_up_by_hand_gives_a_late_success_back(audited: Shop, flow: str) -> None:
    order = audited.order(flow=flow)
    wait_long(order, "gateway")
    request_cancellation(order_id=order.id, reason_code="cancelled_by_staff")
    settle()
    assert outcome(order) == ("cancelled", "cancelled_by_staff")
    assert (kept(order.id), audited.reserved()) == (0, 0)


@every_flow
@pytest.mark.parametrize("silent", ["inventory", "payments"])
def test_a_participant_that_is_away_for_long_holds_up_its_orders_and_loses_none(
    audited: Shop, flow: str, silent: str
) -> None:
    order = audited.order(flow=flow)
    wait_long(order, silent)
    assert (order.status, order.needs_attention) == ("pending", True)
    settle()
    assert outcome(order) == ("confirmed", "")
    assert not order.needs_attention


@pytest.mark.parametrize("flow", [CHARGE_FIRST, CHOREOGRAPHED])
def test_a_refund_that_is_refused_leaves_the_order_flagged_with_what_is_left(
    shop: Shop, flow: str
) -> None:
    order = shop.order({"MUG": 11}, payment_method="pm_sandbox_refund_declined", flow=flow)
    wait_long(order)
    assert order.status != "cancelled"
    assert order.needs_attention
    assert Payment.objects.get().attention_reason.endswith(f"{11 * PRICE} left")
    assert kept(order.id) == 11 * PRICE


def test_a_void_that_is_refused_leaves_the_order_flagged(shop: Shop) -> None:
    order = shop.order(payment_method="pm_sandbox_void_declined", flow=RESERVE_FIRST)
    settle_all_but("gateway")
    let_hold_run_out(order.id)
    wait_long(order)
    assert (order.status, order.needs_attention) == ("pending", True)
    assert kept(order.id) == PRICE


def test_a_hold_that_expires_while_its_order_is_suspended_voids_the_payment(audited: Shop) -> None:
    order = audited.order({"MUG": 4}, flow=RESERVE_FIRST)
    settle_all_but("gateway")
    let_hold_run_out(order.id)
    assert audited.reserved() == 0
    assert outcome(order) == ("cancelled", "out_of_stock")
    assert (taken(order.id), moved(order.id, "void")) == ([], [4 * PRICE])


def test_a_hold_does_not_expire_while_its_payment_is_unknown(audited: Shop) -> None:
    order = audited.order({"MUG": 4}, payment_method="pm_sandbox_silent_once", flow=RESERVE_FIRST)
    settle_all_but("gateway")
    deliver_batch(subscribers["gateway"])
    settle_all_but("gateway")
    age_holds(order.id)
    expire_holds()
    assert audited.reserved() == 4
    hurry()
    settle()
    assert outcome(order) == ("confirmed", "")


def test_a_capture_that_is_refused_is_shown(shop: Shop) -> None:
    order = shop.order(payment_method="pm_sandbox_capture_declined", flow=RESERVE_FIRST)
    settle()
    send(order)
    settle()
    assert outcome(order) == ("confirmed", "")
    assert Payment.objects.get().attention_reason.startswith("capture declined")
