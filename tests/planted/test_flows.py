"""Flows with bugs put in: the audit has to show each of them."""

from collections.abc import Iterable
from uuid import UUID

import pytest
from django.utils import timezone
from pytest_django import Settings

from config.audit.findings import audit
from config.audit.invariant import Run
from inventory import services
from inventory.models import Reservation, StockItem
from inventory.services import consuming
from orders.events import CHOREOGRAPHED
from orders.flows import CHARGE_FIRST, RESERVE_FIRST
from orders.models import Order, OrderStatus
from orders.sagas.engine import engine, reactions
from orders.sagas.engine.course import start_compensating
from orders.sagas.engine.state import SagaState
from orders.sagas.models import SagaStatus
from orders.services import LineToReturn, confirming, request_cancellation, request_return
from outbox.delivery.batch import deliver_batch
from outbox.messages import Event
from outbox.models import Lane, Message
from outbox.registry import subscribers
from payments.ledger import Ledger
from testkit.book import moved
from testkit.delivering import settle, settle_all_but
from testkit.proofs import PROOFS
from testkit.shop import PRICE, Shop


def found() -> list[str]:
    """Name the sentences of the audit that something is wrong with."""
    findings = audit(Run(own_book=True), PROOFS)
    return [violation.what for finding in findings for violation in finding.violations]


def cancel(order: Order) -> None:
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")


def owe_again(message_type: str) -> None:
    """Have a command handled again, and what came behind it."""
    message, now = Message.objects.get(type=message_type), timezone.now()
    for name in message.subscribers:
        Lane.objects.create(
            subscriber=name,
            correlation_id=message.correlation_id,
            next=message.sequence,
            since=now,
            due_at=now,
        )


def test_a_saga_that_compensates_behind_its_pivot_is_found(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cancellation ignores the pivot: it compensates an order that was confirmed before."""
    settings.OUTBOX_FOLLOW_UP = False

    def regardless(state: SagaState, event: Event) -> None:
        state.receive(event)
        start_compensating(state)

    monkeypatch.setattr(reactions, "ABORT_REQUESTS", dict.fromkeys(SagaStatus, regardless))
    monkeypatch.setattr(engine, "answers_to_abort", lambda *_: True)
    order = shop.order(flow=CHARGE_FIRST)
    settle()
    cancel(order)
    settle()
    assert "a saga went a path that its definition does not allow" in found()


def test_a_confirmation_that_ignores_a_cancellation_is_found(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTBOX_FOLLOW_UP = False

    def as_if_pending(order_ids: Iterable[UUID]) -> list[Order]:
        Order.objects.filter(pk__in=order_ids, status="cancelling").update(status="pending")
        return list(Order.objects.filter(pk__in=order_ids))

    order = shop.order(flow=CHARGE_FIRST)
    while not Message.objects.filter(correlation_id=order.id, type="ConfirmOrder").exists():
        settle_all_but("gateway", "orders")
        deliver_batch(subscribers["gateway"])
        settle_all_but("orders")
    cancel(order)
    monkeypatch.setattr(confirming, "lock_orders", as_if_pending)
    settle()
    assert Order.objects.get().status == OrderStatus.CONFIRMED
    assert found() == ["an order was not cancelled although that was accepted"]


def test_a_return_without_an_identity_is_stopped_by_the_database(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked twice, because an answer was late; the database has the last word."""
    order = shop.order({"MUG": 3}, flow=CHARGE_FIRST)
    settle()
    returned = request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle()
    assert returned is not None
    monkeypatch.setattr(Ledger, "refund_of", lambda *_: None)
    monkeypatch.setattr(Ledger, "paid_for", lambda *_: 0)
    owe_again("RefundPaymentPart")
    settle()
    stopped = Lane.objects.get()
    assert (stopped.message_type, stopped.stopped) == ("RefundPaymentPart", True)
    assert "payments_one_effective_refund_of_return" in stopped.error
    assert moved(order.id, "refund") == [PRICE]


def test_goods_restocked_twice_are_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consuming, "_reference", lambda *_: None)
    monkeypatch.setattr(consuming, "_booked", lambda *_: set())
    order = shop.order({"MUG": 3}, flow=CHARGE_FIRST)
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle()
    owe_again("RestockInventory")
    settle()
    assert StockItem.objects.get(pk="MUG").reserved == 1
    assert "an order holds other goods than its status says" in found()


def test_a_hold_that_is_committed_without_its_units_is_found(
    shop: Shop, settings: Settings
) -> None:
    """Its units were given back; to commit the row without them leaves the sums apart."""
    settings.OUTBOX_FOLLOW_UP = False
    order = shop.order({"MUG": 3}, flow=RESERVE_FIRST)
    settle_all_but("gateway")
    StockItem.objects.filter(pk="MUG").update(reserved=0)
    settle()
    order.refresh_from_db()
    assert order.status == "confirmed"
    assert "a stock item is not the sum of its movements and reservations" in found()


def test_without_the_watch_over_choreographed_orders_one_is_silently_stuck(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inventory loses what it heard: no coordinator misses the answer."""
    monkeypatch.setattr(services, "reserve_wanted", lambda _: None)
    settings.ORDER_OVERDUE_MINUTES = -2
    shop.order(flow=CHOREOGRAPHED)
    settle()
    assert Reservation.objects.get().status == "wanted"
    assert "an order has not ended, is not flagged, and nothing will move it" in found()
