"""Why an order is where it is, in one sentence: each outcome, in each flow."""

import re

import pytest
from pytest_django import Settings

from config.timeline.timeline import timeline
from orders.events import CHOREOGRAPHED
from orders.flows import CHARGE_FIRST, FLOWS, RESERVE_FIRST
from orders.models import Order
from orders.sagas.models import SagaInstance
from orders.sagas.operators.verbs import resume, suspend
from orders.services import (
    LineToReturn,
    flag_order,
    request_cancellation,
    request_refund,
    request_return,
)
from outbox.acts import shell_operator
from outbox.registry import subscribers
from testkit.clock import let_deadlines_pass, let_hold_run_out
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop
from tests.shop import let_return_time_pass, send, take_in

pytestmark = pytest.mark.usefixtures("own_saga")

CHARGED = "Card charged 25.00 GBP at TIME"
CONFIRMED = {
    CHARGE_FIRST: f"{CHARGED}; 2 x MUG reserved; confirmed at TIME",
    CHOREOGRAPHED: f"{CHARGED}; 2 x MUG reserved; confirmed at TIME",
    RESERVE_FIRST: "2 x MUG reserved; 25.00 GBP set aside on the card at TIME; confirmed at TIME",
}

every_flow = pytest.mark.parametrize("flow", sorted(FLOWS))


def sentence(order: Order) -> str:
    """Return the sentence of an order, without its number and its times."""
    told = timeline(order.id).sentence.removeprefix(f"Order {order.number}: ")
    return re.sub(r"\d\d:\d\d:\d\d", "TIME", f"{told[0].upper()}{told[1:]}")


@every_flow
def test_confirmed(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 2}, flow=flow)
    settle()
    assert sentence(order) == f"{CONFIRMED[flow]}."


@every_flow
def test_declined(audited: Shop, flow: str) -> None:
    order = audited.order(payment_method="pm_card_chargeDeclinedInsufficientFunds", flow=flow)
    settle()
    declined = "ard declined (insufficient_funds) at TIME"
    assert sentence(order) == {
        RESERVE_FIRST: f"1 x MUG reserved; c{declined}; 1 x MUG released; cancelled at TIME.",
    }.get(flow, f"C{declined}; cancelled at TIME.")


@every_flow
def test_the_customer_is_asked_by_the_bank(audited: Shop, flow: str) -> None:
    order = audited.order(payment_method="pm_sandbox_action", flow=flow)
    settle()
    waits = "aits for the customer to confirm the payment of 12.50 GBP with the bank until TIME"
    said = {RESERVE_FIRST: f"1 x MUG reserved; w{waits}"}.get(flow, f"W{waits}")
    assert sentence(order) == f"{said}; it is pending."


@every_flow
def test_the_bank_settles_later(audited: Shop, flow: str) -> None:
    order = audited.order(payment_method="pm_sandbox_processing", flow=flow)
    settle()
    kind = "authorize" if flow == RESERVE_FIRST else "charge"
    said = f"he bank has accepted the {kind} of 12.50 GBP and settles it by "
    assert said in sentence(order)


@every_flow
def test_out_of_stock_and_refunded_at_the_second_attempt(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 11}, payment_method="pm_sandbox_refund_silent_once", flow=flow)
    settle()
    short = "10 of MUG left, 11 wanted"
    assert sentence(order) == {
        RESERVE_FIRST: f"{short}; cancelled at TIME.",
    }.get(
        flow,
        f"Card charged 137.50 GBP at TIME; {short}; 137.50 GBP refunded at the second attempt;"
        " cancelled at TIME.",
    )


@every_flow
def test_charged_at_the_second_attempt(audited: Shop, flow: str) -> None:
    order = audited.order(payment_method="pm_sandbox_silent_once", flow=flow)
    settle()
    assert " at TIME, at the second attempt; " in sentence(order)


@every_flow
def test_cancelled_by_the_customer_after_the_confirmation(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 2}, flow=flow)
    settle()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    gone = "let go again" if flow == RESERVE_FIRST else "refunded"
    assert sentence(order) == (
        f"{CONFIRMED[flow]}; 25.00 GBP {gone}; 2 x MUG released;"
        " cancelled for the customer at TIME."
    )


@every_flow
def test_cancelled_by_staff_while_the_card_is_asked(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 2}, flow=flow)
    settle_all_but("gateway")
    request_cancellation(order_id=order.id, reason_code="cancelled_by_staff")
    settle_all_but("gateway")
    settle()
    assert sentence(order) == {
        RESERVE_FIRST: "2 x MUG reserved; 25.00 GBP set aside on the card at TIME;"
        " 25.00 GBP let go again; 2 x MUG released; cancelled by staff at TIME.",
    }.get(flow, f"{CHARGED}; 25.00 GBP refunded; cancelled by staff at TIME.")


@every_flow
def test_returned_in_part_and_sent(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 2}, flow=flow)
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    assert sentence(order) == f"{CONFIRMED[flow]}; a return is under way."
    settle()
    send(order)
    settle()
    given = "of it will not be captured" if flow == RESERVE_FIRST else "refunded for a return"
    captured = " 12.50 GBP captured at TIME;" * (flow == RESERVE_FIRST)
    assert sentence(order) == (
        f"{CONFIRMED[flow]}; 12.50 GBP {given}; 1 x MUG taken back;{captured} 1 x MUG sent at TIME."
    )


def test_goods_that_are_expected_back_and_then_received(audited: Shop) -> None:
    order = audited.order({"MUG": 2})
    settle()
    send(order)
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle()
    begun = f"{CONFIRMED[CHARGE_FIRST]}; 2 x MUG sent at TIME"
    assert sentence(order) == f"{begun}; the goods of a return are expected."
    let_return_time_pass(order)
    settle()
    ended = f"{begun}; the return of 1 x MUG given up at TIME"
    assert sentence(order) == f"{ended}."
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    take_in(order)
    settle()
    assert sentence(order) == f"{ended}; 1 x MUG taken back; 12.50 GBP refunded for a return."


@every_flow
def test_a_refund_without_goods(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 2}, flow=flow)
    settle()
    request_refund(order_id=order.id, amount=99, reason="a scratch")
    settle()
    given = "of it will not be captured" if flow == RESERVE_FIRST else "refunded for a return"
    assert sentence(order) == f"{CONFIRMED[flow]}; 0.99 GBP {given}."


@every_flow
def test_an_unanswered_charge_of_an_order_that_needs_a_human(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 2}, payment_method="pm_sandbox_silent_once", flow=flow)
    settle_all_but("gateway")
    flag_order(order_id=order.id, reason="charge is unknown")
    asked = "authorize" if flow == RESERVE_FIRST else "charge"
    begun = {RESERVE_FIRST: "2 x MUG reserved; the"}.get(flow, "The")
    assert sentence(order) == (
        f"{begun} {asked} of 25.00 GBP is not made yet; it is pending;"
        " it needs attention: charge is unknown."
    )
    flag_order(order_id=order.id, reason="")
    settle()


@pytest.mark.parametrize(
    ("flow", "why"),
    [
        (
            CHARGE_FIRST,
            (
                "RefundPayment (137.50 GBP) was refused:"
                " PaymentRefundDeclined: GBP, declined_by_sandbox"
            ),
        ),
        (CHOREOGRAPHED, "137.50 GBP does not go back: declined_by_sandbox"),
    ],
)
def test_a_refund_that_is_refused(shop: Shop, flow: str, why: str) -> None:
    order = shop.order({"MUG": 11}, payment_method="pm_sandbox_refund_declined", flow=flow)
    settle()
    assert sentence(order) == (
        "Card charged 137.50 GBP at TIME; 10 of MUG left, 11 wanted; the refund of 137.50 GBP was"
        " refused (declined_by_sandbox) at TIME; it is pending;"
        f" it needs attention: {why}."
    )


def test_a_wrong_amount(audited: Shop) -> None:
    order = audited.order(payment_method="pm_sandbox_wrong_amount")
    settle()
    assert sentence(order) == (
        "Card charged 13.50 GBP at TIME, which is not what was asked for; 13.50 GBP refunded;"
        " cancelled at TIME."
    )


def test_a_hold_that_expired(audited: Shop) -> None:
    order = audited.order({"MUG": 2}, flow=RESERVE_FIRST)
    settle_all_but("gateway")
    let_hold_run_out(order.id)
    operator = f"operator {shell_operator()}"
    assert sentence(order) == (
        f"2 x MUG reserved; {operator}: suspend saga (an example); 25.00 GBP set aside on the card"
        f" at TIME; 2 x MUG released; {operator}: resume saga (an example); its hold had expired;"
        " 25.00 GBP let go again; cancelled at TIME."
    )


def test_a_dead_letter(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise KeyError("MUG")

    monkeypatch.setattr(subscribers["inventory"], "receive", fail)
    order = shop.order(flow=CHOREOGRAPHED)
    settle()
    assert "inventory gave OrderPlaced up after 8 attempts (KeyError: 'MUG')" in sentence(order)


def test_a_step_that_gets_no_reply_and_a_saga_that_an_operator_suspends(
    audited: Shop, settings: Settings
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    order = audited.order()
    settle_all_but("payments")
    let_deadlines_pass(order.id)
    assert sentence(order) == "No reply to ChargePayment (attempt 1); it is pending."
    saga = SagaInstance.objects.get(correlation_id=order.id)
    suspend(saga_id=saga.id, by=None, reason="the bank is closed")
    assert re.fullmatch(
        r"Operator shell:\w+: suspend saga \(the bank is closed\); charge_first is suspended;"
        r" it is pending\.",
        sentence(order),
    )
    resume(saga_id=saga.id, by=None, reason="it is open again")
    settle()


def test_many_goods_are_counted(audited: Shop) -> None:
    for sku in ("BOWL", "JUG", "PAN", "TEAPOT"):
        audited.receive(sku, 1)
    order = audited.order({"BOWL": 1, "JUG": 1, "MUG": 1, "PAN": 1, "TEAPOT": 1})
    settle()
    assert "; 1 x BOWL, 1 x JUG, 1 x MUG, 2 more reserved; " in sentence(order)


def test_another_day_is_named(audited: Shop) -> None:
    order = audited.order({"MUG": 2})
    settle()
    at = Order.objects.get(pk=order.id).confirmed_at
    Order.objects.filter(pk=order.id).update(confirmed_at="2099-01-02T03:04:05Z")
    assert sentence(order).endswith("; confirmed on 2099-01-02 at TIME.")
    Order.objects.filter(pk=order.id).update(confirmed_at=at)


def test_in_parts(audited: Shop) -> None:
    order = audited.order({"MUG": 11}, partial=True)
    settle()
    assert sentence(order).startswith("10 x MUG reserved; 125.00 GBP set aside on the card at TIME")
    assert sentence(order.backorders.get()) == "It waits for goods."
