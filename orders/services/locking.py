"""Whoever acts on an order takes its conversation first, then its row."""

from collections.abc import Iterable
from uuid import UUID

from orders.models import Order
from outbox import conversations


def lock_order(order_id: UUID) -> Order:
    """Lock the conversation of an order, then the order.

    :raises Order.DoesNotExist: there is no such order.
    """
    conversations.lock([order_id])
    return Order.objects.select_for_update().get(pk=order_id)


def lock_orders(order_ids: Iterable[UUID]) -> list[Order]:
    """Lock orders whose conversations are locked, in key order so that batches cannot deadlock."""
    return list(Order.objects.select_for_update().filter(pk__in=list(order_ids)).order_by("pk"))
