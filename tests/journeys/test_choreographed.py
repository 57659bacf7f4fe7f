"""Nobody coordinates a choreographed order: somebody watches its time, and the rest is rows."""

import pytest
from pytest_django import Settings

from orders.events import CHOREOGRAPHED
from orders.flows import CHARGE_FIRST
from orders.services import attention, flag_order, flag_overdue_orders, request_cancellation
from outbox.models import Message
from payments.models import PaymentOperation
from testkit.book import kept
from testkit.delivering import settle, settle_all_but
from testkit.lanes import stop
from testkit.shop import Shop, outcome

SILENT_FOR_LONG = "pm_sandbox_silent_thrice"


@pytest.fixture
def _overdue(settings: Settings) -> None:
    """Let every order have taken too long."""
    settings.ORDER_OVERDUE_MINUTES = -2


@pytest.mark.usefixtures("_overdue")
def test_an_order_that_takes_too_long_is_flagged_until_it_ends(audited: Shop) -> None:
    order = audited.order(payment_method=SILENT_FOR_LONG, flow=CHOREOGRAPHED)
    settle_all_but("gateway")
    assert (flag_overdue_orders(), flag_overdue_orders()) == (1, 0)
    order.refresh_from_db()
    assert order.needs_attention
    assert order.attention_reason == attention.OVERDUE
    alert = Message.objects.get(type="AlertOperators", correlation_id=order.id)
    assert alert.payload["subject"] == f"Order {order.id} needs attention"
    settle()
    assert outcome(order) == ("confirmed", "")
    assert not order.needs_attention


def test_a_flag_goes_when_the_order_ends_whoever_raised_it(audited: Shop) -> None:
    order = audited.order(payment_method=SILENT_FOR_LONG, flow=CHOREOGRAPHED)
    settle_all_but("gateway")
    flag_order(order_id=order.id, reason="charge: the gateway has not said what became of it")
    settle()
    assert outcome(order) == ("confirmed", "")
    assert (order.needs_attention, order.attention_reason) == (False, "")


@pytest.mark.usefixtures("_overdue")
def test_one_that_was_flagged_can_be_cancelled(audited: Shop) -> None:
    order = audited.order(payment_method=SILENT_FOR_LONG, flow=CHOREOGRAPHED)
    settle_all_but("gateway")
    flag_overdue_orders()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_staff")
    settle()
    assert outcome(order) == ("cancelled", "cancelled_by_staff")
    assert (kept(order.id), order.needs_attention) == (0, False)


@pytest.mark.usefixtures("_overdue")
def test_orders_with_a_coordinator_and_those_that_ended_are_left_alone(audited: Shop) -> None:
    audited.order(flow=CHOREOGRAPHED)
    settle()
    audited.order(payment_method=SILENT_FOR_LONG, flow=CHARGE_FIRST)
    settle_all_but("gateway")
    assert flag_overdue_orders() == 0
    settle()


def test_a_young_order_is_not_flagged(audited: Shop) -> None:
    audited.order(flow=CHOREOGRAPHED)
    assert flag_overdue_orders() == 0
    settle()


def test_a_dead_letter_leaves_the_order_flagged_and_the_books_say_so(
    audited: Shop, settings: Settings
) -> None:
    order = audited.order(flow=CHOREOGRAPHED)
    settle_all_but("inventory")
    stop("inventory", attempts=25)
    settings.ORDER_OVERDUE_MINUTES = -2
    assert flag_overdue_orders() == 1
    assert outcome(order) == ("pending", "")
    assert PaymentOperation.objects.get().outcome == "succeeded"
