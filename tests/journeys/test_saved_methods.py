"""A backorder is charged with the payment method that was saved with the first part's payment."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Order
from payments.models import Payment, PaymentOperation
from payments.sandbox_bank import answer_bank, asked
from testkit.book import kept
from testkit.clock import let_payment_wait_pass
from testkit.delivering import settle
from testkit.shop import PRICE, Shop, outcome

STANDS = ("confirmed", "")
NOT_CONFIRMED = ("cancelled", "payment_not_confirmed")


def first_part(shop: Shop, card: str) -> Order:
    """Order twelve mugs of which ten are there; the bank asks, and the customer confirms."""
    order = shop.order({"MUG": 12}, partial=True, payment_method=card)
    settle()
    confirm(order)
    assert (outcome(order), kept(order.id)) == (STANDS, 10 * PRICE)
    return order


def confirm(order: Order) -> None:
    (entry,) = asked(order_id=str(order.id))
    answer_bank(entry.token, confirmed=True, report=False)
    let_payment_wait_pass(order.id, minutes=2)
    settle()


def receive(shop: Shop, units: int) -> None:
    shop.receive("MUG", units)
    settle()


def rest_of(order: Order) -> Order:
    return Order.objects.get(backorder_of=order)


def test_the_customer_confirms_once_and_the_rest_is_charged_without_the_customer(
    audited: Shop,
) -> None:
    order = first_part(audited, "pm_sandbox_action")
    receive(audited, 5)
    assert (outcome(rest_of(order)), kept(rest_of(order).id)) == (STANDS, 2 * PRICE)
    first = Payment.objects.get(order_id=order.id)
    later = Payment.objects.get(order_id=rest_of(order).id)
    assert (first.keeps_method, bool(first.saved_for)) == (True, True)
    assert (later.method_of, later.saved_for) == (order.id, first.saved_for)


def test_the_rest_of_the_rest_is_charged_so_too(audited: Shop) -> None:
    order = first_part(audited, "pm_sandbox_action")
    receive(audited, 1)
    receive(audited, 1)
    last = rest_of(rest_of(order))
    assert (outcome(rest_of(order)), outcome(last)) == (STANDS, STANDS)
    assert kept(last.id) == PRICE


def test_a_method_is_not_saved_for_an_order_that_is_complete(audited: Shop) -> None:
    order = audited.order({"MUG": 3}, partial=True)
    settle()
    payment = Payment.objects.get(order_id=order.id)
    assert (payment.keeps_method, payment.saved_for) == (False, "")


def test_a_bank_that_asks_again_gives_a_customer_who_is_away_more_time(audited: Shop) -> None:
    order = first_part(audited, "pm_sandbox_action_always")
    receive(audited, 5)
    rest = rest_of(order)
    assert outcome(rest) == ("pending", "")
    waiting = PaymentOperation.objects.get(payment__order_id=rest.id)
    assert waiting.postponed_until is not None
    assert waiting.postponed_until > timezone.now() + timedelta(hours=71)
    confirm(rest)
    assert (outcome(rest), kept(rest.id)) == (STANDS, 2 * PRICE)


@pytest.mark.usefixtures("audited")
def test_a_customer_who_does_not_come_back_loses_the_rest_and_keeps_the_first_part(
    shop: Shop,
) -> None:
    order = first_part(shop, "pm_sandbox_action_always")
    receive(shop, 5)
    let_payment_wait_pass(rest_of(order).id, minutes=73 * 60)
    settle()
    assert (outcome(rest_of(order)), outcome(order)) == (NOT_CONFIRMED, STANDS)
    assert shop.reserved() == 10
