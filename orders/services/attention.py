"""Flag orders that need a human, whatever their status."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from orders.events import CHOREOGRAPHED
from orders.models import Order, OrderStatus
from outbox.alerts import alert_operators
from outbox.commands import AlertOperators
from outbox.models import Message
from outbox.wiring import publishes

OVERDUE: Final = "choreographed and not ended in time: see its messages for what is stuck"


def overdue_after() -> timedelta:
    """Return how long a choreographed order may take; no saga watches its deadlines."""
    return timedelta(minutes=settings.ORDER_OVERDUE_MINUTES)


@transaction.atomic(savepoint=False)
def flag_order(*, order_id: UUID, reason: str) -> None:
    """Set or clear the flag of an order.

    :param reason: an empty one clears the flag.
    """
    Order.objects.filter(pk=order_id).update(
        needs_attention=bool(reason), attention_reason=reason[:200]
    )


@transaction.atomic(savepoint=False)
def flag_pending_order(*, order_id: UUID, reason: str) -> None:
    """Flag a pending order of a flow without a saga; sagas flag their own orders."""
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.status == OrderStatus.PENDING and not order.needs_attention:
        _flag(order, reason)


@publishes(AlertOperators)
def flag_overdue_orders(limit: int = 500) -> int:
    """Flag the choreographed orders that take too long; return how many those are.

    Their age is that of their messages, which the database's clock dates; ``placed_at`` and the
    time in an id come from other clocks.
    """
    long_ago = Message.objects.filter(
        correlation_id=OuterRef("pk"), recorded_at__lt=Now() - overdue_after()
    )
    late = Order.objects.filter(
        Q(payment_until__isnull=True) | Q(payment_until__lt=Now() - overdue_after()),
        Exists(long_ago),
        flow=CHOREOGRAPHED,
        status__in=(OrderStatus.PENDING, OrderStatus.CANCELLING),
        needs_attention=False,
    )
    with transaction.atomic():
        orders = list(late.select_for_update(skip_locked=True).order_by("pk")[:limit])
        for order in orders:
            _flag(order, OVERDUE)
    return len(orders)


def _flag(order: Order, reason: str) -> None:
    order.needs_attention, order.attention_reason = True, reason[:200]
    order.save(update_fields=["needs_attention", "attention_reason"])
    alert_operators(subject=f"Order {order.id} needs attention", text=reason, conversation=order.id)


@transaction.atomic(savepoint=False)
def await_payments(until_of: Mapping[UUID, datetime]) -> None:
    """Record by when the customer or the bank has to settle the payments of orders.

    Until then such an order is not overdue.
    """
    for order_id, until in until_of.items():
        Order.objects.filter(pk=order_id).update(payment_until=until)


def unflag_ended(orders: Iterable[Order]) -> None:
    """Clear the flag of choreographed orders that have ended.

    A saga clears its own flags.
    """
    flagged = [each.pk for each in orders if each.flow == CHOREOGRAPHED and each.needs_attention]
    if flagged:
        Order.objects.filter(pk__in=flagged).update(needs_attention=False, attention_reason="")
