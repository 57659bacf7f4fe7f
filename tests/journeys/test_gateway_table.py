"""Every behaviour of the gateway, at every step, in every flow: each cell ends with a clean audit.

The gateway's own book is the witness: whatever it said or did not say, nobody is charged twice, a
confirmed order is paid to the penny, and a cancelled one has its money back.
"""

import pytest

from orders.flows import FLOWS
from orders.models import Order
from orders.services import request_cancellation
from payments.models import Payment
from payments.sandbox_bank import answer_bank, asked
from testkit.book import book_of, moved
from testkit.clock import let_deadlines_pass, let_payment_wait_pass
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop
from tests.shop import send

CONFIRMED, CANCELLED = "confirmed", "cancelled"

BEGINNING = {flow: "authorize" if flow == "reserve_first" else "charge" for flow in FLOWS}

ANSWERED_LATER = [
    *("slow", "silent_once", "silent_thrice", "late"),
    *("lost_once", "lost_thrice", "limited_once", "error_stored"),
]
"""What delays an answer and changes nothing else."""

REFUSED = ["declined", "wrong_amount"]
"""What makes a beginning fail; a human is told of the second."""

POSTPONED = ["action", "action_silent_once", "action_processing", "processing"]
"""What the customer or the bank has to settle, and does."""

REFUSED_LATER = ["action_declined", "processing_fails"]
"""What fails once it is settled."""

FLOW = pytest.mark.parametrize("flow", sorted(FLOWS))


def outcome(order: Order) -> str:
    order.refresh_from_db()
    return str(order.status)


def kept(order: Order) -> int:
    """Say by the gateway's own book what is taken or set aside, and not given back."""
    signs = {"charge": 1, "authorize": 1, "void": -1, "refund": -1}
    entries = [entry for entry in book_of(order.id) if not entry.decline_code]
    return sum(signs.get(entry.kind, 0) * entry.amount for entry in entries)


def settle_at_the_bank(order: Order) -> None:
    """Confirm and settle what waits there, until nothing does; no webhook tells of it."""
    while waiting := asked(order_id=str(order.id)):
        answer_bank(waiting[0].token, confirmed=True, report=False)
    let_payment_wait_pass(order.id, minutes=2)
    settle()


def flagged(order: Order) -> bool:
    return Payment.objects.get(order_id=order.id).needs_attention


@FLOW
@pytest.mark.parametrize("manner", ANSWERED_LATER)
def test_a_beginning_answered_later_confirms_the_order(
    audited: Shop, flow: str, manner: str
) -> None:
    order = audited.order(payment_method=f"pm_sandbox_{manner}", flow=flow)
    settle()
    assert (outcome(order), kept(order), flagged(order)) == (CONFIRMED, PRICE, False)


@FLOW
@pytest.mark.parametrize("manner", POSTPONED)
def test_a_beginning_that_is_postponed_confirms_the_order_once_it_is_settled(
    audited: Shop, flow: str, manner: str
) -> None:
    order = audited.order(payment_method=f"pm_sandbox_{manner}", flow=flow)
    settle()
    assert (outcome(order), kept(order), flagged(order)) == ("pending", 0, False)
    settle_at_the_bank(order)
    assert (outcome(order), kept(order), flagged(order)) == (CONFIRMED, PRICE, False)


@FLOW
@pytest.mark.parametrize("manner", REFUSED_LATER)
def test_a_beginning_that_is_postponed_and_fails_cancels_the_order(
    audited: Shop, flow: str, manner: str
) -> None:
    order = audited.order(payment_method=f"pm_sandbox_{manner}", flow=flow)
    settle()
    settle_at_the_bank(order)
    assert (outcome(order), kept(order), flagged(order)) == (CANCELLED, 0, False)
    assert audited.reserved() == 0


@FLOW
@pytest.mark.parametrize("manner", REFUSED)
def test_a_beginning_that_fails_cancels_the_order(audited: Shop, flow: str, manner: str) -> None:
    order = audited.order(payment_method=f"pm_sandbox_{manner}", flow=flow)
    settle()
    assert (outcome(order), kept(order)) == (CANCELLED, 0)
    assert flagged(order) == (manner == "wrong_amount")
    assert audited.reserved() == 0


@FLOW
@pytest.mark.parametrize("manner", ANSWERED_LATER)
def test_an_answer_after_the_deadline_is_adopted(audited: Shop, flow: str, manner: str) -> None:
    order = audited.order(payment_method=f"pm_sandbox_{manner}", flow=flow)
    settle_all_but("gateway")
    let_deadlines_pass(order.id)
    settle()
    assert (outcome(order), flagged(order)) in {(CONFIRMED, False), (CANCELLED, False)}
    assert kept(order) == (PRICE if order.status == CONFIRMED else 0)


@FLOW
@pytest.mark.parametrize("manner", ANSWERED_LATER)
def test_money_that_goes_back_with_a_late_answer_has_gone_back(
    audited: Shop, flow: str, manner: str
) -> None:
    order = audited.order({"MUG": 2}, payment_method=f"pm_sandbox_refund_{manner}", flow=flow)
    settle()
    assert outcome(order) == CONFIRMED
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert (outcome(order), kept(order), flagged(order)) == (CANCELLED, 0, False)


@FLOW
def test_a_refund_of_too_little_is_followed_by_the_rest(audited: Shop, flow: str) -> None:
    order = audited.order(payment_method="pm_sandbox_refund_wrong_amount", flow=flow)
    settle()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    is_refunded = flow != "reserve_first"
    assert (outcome(order), kept(order), flagged(order)) == (CANCELLED, 0, is_refunded)


CAPTURED_LATER = pytest.mark.skipif("reserve_first" not in FLOWS, reason="no flow captures later")


@CAPTURED_LATER
@pytest.mark.parametrize("manner", [*ANSWERED_LATER, "wrong_amount"])
def test_a_capture_is_made_once_and_to_the_penny(audited: Shop, manner: str) -> None:
    order = audited.order(payment_method=f"pm_sandbox_capture_{manner}", flow="reserve_first")
    settle()
    send(order)
    settle()
    taken = sum(moved(order.id, "capture")) - sum(moved(order.id, "refund"))
    assert (outcome(order), taken) == ("fulfilled", PRICE)
    assert flagged(order) == (manner == "wrong_amount")


@CAPTURED_LATER
@pytest.mark.parametrize("manner", ANSWERED_LATER)
def test_what_is_set_aside_for_an_order_that_fails_is_let_go(audited: Shop, manner: str) -> None:
    order = audited.order(payment_method=f"pm_sandbox_void_{manner}", flow="reserve_first")
    settle_all_but("inventory")
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert (outcome(order), kept(order), flagged(order)) == (CANCELLED, 0, False)
