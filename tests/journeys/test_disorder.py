"""Doubled and concurrent deliveries end like orderly ones."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings

from inventory.models import Reservation, StockItem
from orders.flows import FLOWS, RESERVE_FIRST
from orders.models import Order
from orders.services import request_cancellation
from outbox.delivery.relay import drain, owed_names
from outbox.models import Lane
from outbox.registry import subscribers
from payments.models import PaymentOperation
from readmodels.models import OrderSummary
from testkit.book import book_of
from testkit.delivering import settle
from testkit.lanes import owe_again
from testkit.shop import Shop

CARDS = ["pm_card_visa", "pm_card_chargeDeclined", "pm_sandbox_silent_once", "pm_card_amex"]

NOT_NEEDED = {"account_mail", "alerts", "alert_mails", "alert_posts", "customer_mail", "resends"}
"""Subscribers for which no order of the mixture has anything: none needs a human."""


def a_mixture(shop: Shop, flow: str) -> list[Order]:
    """Place eight orders: paid, declined, answered late; the last ones find too few mugs."""
    if flow == RESERVE_FIRST:
        # Who holds goods while his card is declined decides who finds none: let there be enough.
        shop.receive("MUG", 100)
    return [shop.order({"MUG": 2}, payment_method=card, flow=flow) for card in CARDS * 2]


def cancel_one_that_is_confirmed(orders: Iterable[Order]) -> None:
    order = Order.objects.filter(pk__in=[o.pk for o in orders], status="confirmed").earliest("pk")
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")


def everything() -> dict[str, Any]:
    """Read what no duplicate may change: orders, ledger, stock, read rows, the gateway's book."""
    orders = list(Order.objects.order_by("pk").values())
    return {
        "orders": orders,
        "ledger": list(PaymentOperation.objects.order_by("pk").values()),
        "stock": list(StockItem.objects.order_by("pk").values("sku", "on_hand", "reserved")),
        "reservations": list(Reservation.objects.order_by("pk").values()),
        "read rows": list(OrderSummary.objects.order_by("pk").values("order_id", "status")),
        "book": [
            [(e.key, e.amount, e.decline_code) for e in book_of(order["id"])] for order in orders
        ],
    }


@pytest.mark.usefixtures("handed_twice")
@pytest.mark.parametrize("flow", sorted(FLOWS))
def test_a_duplicate_of_every_delivery_changes_nothing(audited: Shop, flow: str) -> None:
    orders = a_mixture(audited, flow)
    settle()
    cancel_one_that_is_confirmed(orders)
    settle()
    before = everything()
    assert owe_again() > 50
    settle()
    assert everything() == before


@pytest.mark.usefixtures("handed_twice")
@pytest.mark.parametrize(
    "subscriber",
    sorted(
        name for name, each in subscribers.items() if each.subscriptions and name not in NOT_NEEDED
    ),
)
def test_a_duplicate_of_every_delivery_to_one_subscriber_changes_nothing(
    audited: Shop, subscriber: str
) -> None:
    a_mixture(audited, "charge_first")
    settle()
    before = everything()
    assert owe_again(subscriber) > 0
    settle()
    assert everything() == before


def sums(orders: Iterable[Order]) -> dict[str, int]:
    """Count outcomes; which of the orders find no stock depends on who comes first."""
    ended = Order.objects.filter(pk__in=[order.pk for order in orders])
    return {
        "cancelled_by_customer": ended.filter(reason_code="cancelled_by_customer").count(),
        "confirmed": ended.filter(status="confirmed").count(),
        "declined": ended.filter(reason_code="payment_declined").count(),
    }


@pytest.mark.parametrize("flow", sorted(FLOWS))
@pytest.mark.parametrize("batch", [3, 200])
def test_several_workers_at_once_end_like_one(
    audited: Shop, settings: Settings, flow: str, batch: int
) -> None:
    settings.OUTBOX_BATCH = batch
    orders = [order for _ in range(3) for order in a_mixture(audited, flow)]

    def work(_: int) -> None:
        try:
            for _round in range(15):
                drain(owed_names(), seconds=5)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    settle()
    confirmed = 18 if flow == RESERVE_FIRST else 5
    assert sums(orders) == {"cancelled_by_customer": 0, "confirmed": confirmed, "declined": 6}
    assert audited.reserved() == 2 * confirmed
    assert not Lane.objects.filter(stopped=True).exists()
