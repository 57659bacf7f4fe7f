"""Confirm orders."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orders.events import CHOREOGRAPHED, OrderConfirmationRefused, OrderConfirmed
from orders.models import Order, OrderStatus
from orders.services.attention import unflag_ended
from orders.services.locks import lock_orders
from outbox.kit.rows import bulk
from outbox.publishing import publish


@transaction.atomic(savepoint=False)
def confirm_orders(order_ids: Sequence[UUID]) -> None:
    """Confirm pending orders; one that is confirmed already is announced again.

    Confirmation and cancellation compete for the order's row, and the first one wins: if the order
    was cancelled before, a saga gets a refusal. An order that was confirmed and has moved on since
    is skipped: its confirmation was announced.
    """
    now = timezone.now()
    confirmed = []
    orders = lock_orders(order_ids)
    for order in orders:
        if order.confirmed_at is None and order.status != OrderStatus.PENDING:
            _refuse(order)
            continue
        if order.status == OrderStatus.PENDING:
            order.move_to(OrderStatus.CONFIRMED)
            order.confirmed_at = now
            confirmed.append(order)
        if order.status == OrderStatus.CONFIRMED:
            publish(
                OrderConfirmed(order_id=order.id, confirmed_at=order.confirmed_at or now),
                conversation=order.id,
            )
    bulk.update(confirmed, ["status", "confirmed_at"])
    unflag_ended(orders)


def _refuse(order: Order) -> None:
    # Only a saga waits for this answer.
    if order.flow != CHOREOGRAPHED:
        publish(
            OrderConfirmationRefused(order_id=order.id, reason_code=order.reason_code),
            conversation=order.id,
        )
