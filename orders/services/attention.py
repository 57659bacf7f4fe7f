"""Show that a human has to look after an order, beside whatever status it has."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from orders.events import CHOREOGRAPHED
from orders.models import Order, OrderStatus
from outbox.alerts import alert_operators
from outbox.commands import AlertOperators
from outbox.models import Message
from outbox.wiring import publishes

OVERDUE: Final = "choreographed and not ended in time: see its messages for what is stuck"


def overdue_after() -> timedelta:
    """Return how long a choreographed order may take: nobody but us watches its time."""
    return timedelta(minutes=settings.ORDER_OVERDUE_MINUTES)


@transaction.atomic(savepoint=False)
def flag_order(*, order_id: UUID, reason: str) -> None:
    """Raise the flag of an order, or take it down.

    :param reason: empty when nobody has to look any more.
    """
    Order.objects.filter(pk=order_id).update(
        needs_attention=bool(reason), attention_reason=reason[:200]
    )


@transaction.atomic(savepoint=False)
def flag_pending_order(*, order_id: UUID, reason: str) -> None:
    """Have a human look after an order that no saga looks after; one of a saga is the saga's."""
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.status == OrderStatus.PENDING and not order.needs_attention:
        _flag(order, reason)


@publishes(AlertOperators)
def flag_overdue_orders(limit: int = 500) -> int:
    """Flag the choreographed orders that have taken too long; return how many those are.

    An order's id and its ``placed_at`` come from other clocks than the log's, which is the
    database's.
    """
    long_ago = Message.objects.filter(
        correlation_id=OuterRef("pk"), recorded_at__lt=Now() - overdue_after()
    )
    late = Order.objects.filter(
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


def unflag_ended(orders: Iterable[Order]) -> None:
    """Take the flag down from choreographed orders that have ended after all.

    Those that a saga has flagged are the saga's to clear.
    """
    flagged = [each.pk for each in orders if each.flow == CHOREOGRAPHED and each.needs_attention]
    if flagged:
        Order.objects.filter(pk__in=flagged).update(needs_attention=False, attention_reason="")
