"""A payment that the customer has to confirm with the bank, or that the bank settles days later.

The sandbox's book is the witness of what was taken; the clock of the payment is moved by ageing
what waits.
"""

from collections.abc import Iterator, Sequence

import pytest
from pytest_django import Settings

from inventory.services import expire_holds
from orders.flows import FLOWS, RESERVE_FIRST
from orders.models import Order
from orders.services import request_cancellation
from outbox.models import ScheduledMessage
from payments.gateways.port import gateway_named
from payments.models import CustomerAction, Payment, PaymentOperation
from payments.sandbox_bank import answer_bank, asked
from payments.services import action_required_of
from readmodels.models import OrderDetail
from testkit.book import kept
from testkit.clock import age_holds, let_deadlines_pass, let_payment_wait_pass
from testkit.delivering import settle
from testkit.invariants import assert_audited
from testkit.shop import PRICE, Shop, outcome

FLOW = pytest.mark.parametrize("flow", sorted(FLOWS))

CONFIRMED = ("confirmed", "")
NOT_CONFIRMED = ("cancelled", "payment_not_confirmed")
DECLINED = ("cancelled", "payment_declined")
BY_CUSTOMER = ("cancelled", "cancelled_by_customer")


@pytest.fixture(autouse=True)
def _the_sandbox_signs_webhooks(settings: Settings) -> Iterator[None]:
    settings.SANDBOX_WEBHOOK_SECRETS = ["whsec_for_these_tests_only"]
    gateway_named.cache_clear()
    yield
    gateway_named.cache_clear()


def waiting(shop: Shop, flow: str, card: str = "pm_sandbox_action") -> Order:
    """Place an order, and let it come to the point where the customer or the bank is asked."""
    order = shop.order(payment_method=card, flow=flow)
    settle()
    assert outcome(order) == ("pending", "")
    return order


def at_the_bank(order: Order, *, confirmed: bool, report: bool = True) -> None:
    """Answer the bank; ``report`` says whether its webhook arrives."""
    (entry,) = asked(order_id=str(order.id))
    answer_bank(entry.token, confirmed=confirmed, report=report)
    settle()


def page(order: Order) -> str:
    return OrderDetail.objects.get(order_id=order.id).payment_status


def operations(order: Order) -> Sequence[tuple[str, str]]:
    rows = PaymentOperation.objects.filter(payment__order_id=order.id).order_by("id")
    return list(rows.values_list("kind", "outcome"))


def nothing_is_left() -> None:
    """Check that nothing of the wait is kept: no secret, no look-up to come."""
    assert not CustomerAction.objects.exists()
    assert not ScheduledMessage.objects.filter(type="AskAfterPayment").exists()


@FLOW
def test_an_order_waits_for_its_customer_and_goes_on_when_the_bank_is_answered(
    audited: Shop, flow: str
) -> None:
    order = waiting(audited, flow)
    assert page(order) == "awaiting_customer"
    assert kept(order.id) == 0
    assert action_required_of(order.id) is not None
    at_the_bank(order, confirmed=True)
    assert outcome(order) == CONFIRMED
    assert kept(order.id) == PRICE
    assert page(order) == ("authorized" if flow == RESERVE_FIRST else "paid")
    nothing_is_left()


@FLOW
@pytest.mark.parametrize(
    ("card", "answer"), [("pm_sandbox_action", "no"), ("pm_sandbox_action_declined", "yes")]
)
def test_a_refusal_at_the_bank_cancels_the_order(
    audited: Shop, flow: str, card: str, answer: str
) -> None:
    order = waiting(audited, flow, card)
    at_the_bank(order, confirmed=answer == "yes")
    assert outcome(order) == DECLINED
    assert (kept(order.id), audited.reserved(), page(order)) == (0, 0, "unpaid")
    nothing_is_left()


@FLOW
def test_an_answer_whose_webhook_is_lost_is_found_by_asking(audited: Shop, flow: str) -> None:
    order = waiting(audited, flow)
    at_the_bank(order, confirmed=True, report=False)
    assert outcome(order) == ("pending", "")
    let_payment_wait_pass(order.id, minutes=2)
    settle()
    assert outcome(order) == CONFIRMED
    nothing_is_left()


@FLOW
def test_the_bank_is_asked_again_and_again_until_the_deadline(shop: Shop, flow: str) -> None:
    order = waiting(shop, flow)
    for _ in range(3):
        let_payment_wait_pass(order.id, minutes=2)
        settle()
        assert outcome(order) == ("pending", "")
        assert ScheduledMessage.objects.filter(type="AskAfterPayment").count() == 1
    assert_audited()


@FLOW
def test_a_customer_who_does_not_act_in_time_loses_the_order(audited: Shop, flow: str) -> None:
    order = waiting(audited, flow)
    let_payment_wait_pass(order.id, minutes=31)
    settle()
    assert outcome(order) == NOT_CONFIRMED
    assert operations(order) == [(begun(flow), "declined")]
    assert (kept(order.id), audited.reserved(), page(order)) == (0, 0, "unpaid")
    assert asked(order_id=str(order.id)) == []
    nothing_is_left()


@FLOW
def test_a_customer_who_acts_at_the_last_moment_is_not_turned_away(
    audited: Shop, flow: str
) -> None:
    order = waiting(audited, flow)
    at_the_bank(order, confirmed=True, report=False)
    let_payment_wait_pass(order.id, minutes=31)
    settle()
    assert outcome(order) == CONFIRMED
    assert kept(order.id) == PRICE


@FLOW
def test_a_customer_may_cancel_instead(audited: Shop, flow: str) -> None:
    order = waiting(audited, flow)
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert outcome(order) == BY_CUSTOMER
    assert (kept(order.id), audited.reserved()) == (0, 0)
    assert asked(order_id=str(order.id)) == []
    assert action_required_of(order.id) is None
    nothing_is_left()


@FLOW
def test_money_that_comes_although_the_order_is_cancelled_goes_back(
    audited: Shop, flow: str
) -> None:
    order = waiting(audited, flow)
    at_the_bank(order, confirmed=True, report=False)
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert outcome(order) == BY_CUSTOMER
    assert (kept(order.id), audited.reserved()) == (0, 0)
    assert len(operations(order)) == 2


@FLOW
def test_goods_stay_held_while_the_customer_may_act(audited: Shop, flow: str) -> None:
    order = waiting(audited, flow)
    held = audited.reserved()
    assert held == (1 if flow == "reserve_first" else 0)
    age_holds(order.id)
    expire_holds()
    assert audited.reserved() == held
    at_the_bank(order, confirmed=True)
    assert outcome(order) == CONFIRMED


@FLOW
def test_no_deadline_of_a_saga_ends_the_wait(audited: Shop, flow: str) -> None:
    order = waiting(audited, flow)
    let_deadlines_pass(order.id)
    settle()
    assert outcome(order) == ("pending", "")
    assert not Payment.objects.get(order_id=order.id).needs_attention
    at_the_bank(order, confirmed=True)
    assert outcome(order) == CONFIRMED


@FLOW
def test_a_bank_that_settles_later_lets_the_order_wait(audited: Shop, flow: str) -> None:
    order = waiting(audited, flow, "pm_sandbox_processing")
    assert page(order) == "processing"
    assert action_required_of(order.id) is None
    let_payment_wait_pass(order.id, minutes=60 * 24 * 5)
    settle()
    assert outcome(order) == ("pending", "")
    at_the_bank(order, confirmed=True)
    assert outcome(order) == CONFIRMED
    assert kept(order.id) == PRICE
    nothing_is_left()


@FLOW
def test_a_debit_that_comes_back_cancels_the_order(audited: Shop, flow: str) -> None:
    order = waiting(audited, flow, "pm_sandbox_processing_fails")
    at_the_bank(order, confirmed=True)
    assert outcome(order) == DECLINED
    assert (kept(order.id), audited.reserved(), page(order)) == (0, 0, "unpaid")
    nothing_is_left()


@FLOW
def test_a_customer_confirms_and_the_bank_settles_later(audited: Shop, flow: str) -> None:
    order = waiting(audited, flow, "pm_sandbox_action_processing")
    at_the_bank(order, confirmed=True)
    assert (outcome(order), page(order)) == (("pending", ""), "processing")
    assert not CustomerAction.objects.exists()
    at_the_bank(order, confirmed=True)
    assert outcome(order) == CONFIRMED


@FLOW
def test_what_the_bank_processes_cannot_be_canceled_and_goes_back_once_it_is_settled(
    audited: Shop, flow: str
) -> None:
    order = waiting(audited, flow, "pm_sandbox_processing")
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert outcome(order)[0] == "cancelling"
    at_the_bank(order, confirmed=True)
    assert outcome(order) == BY_CUSTOMER
    assert (kept(order.id), audited.reserved()) == (0, 0)


@FLOW
def test_a_bank_that_never_settles_is_reported_to_operators(audited: Shop, flow: str) -> None:
    order = waiting(audited, flow, "pm_sandbox_processing")
    let_payment_wait_pass(order.id, minutes=60 * 24 * 15)
    settle()
    assert outcome(order) == ("pending", "")
    assert "processing for too long" in Payment.objects.get(order_id=order.id).attention_reason
    at_the_bank(order, confirmed=True)
    assert outcome(order) == CONFIRMED
    assert not Payment.objects.get(order_id=order.id).needs_attention


def begun(flow: str) -> str:
    return "authorize" if flow == "reserve_first" else "charge"
