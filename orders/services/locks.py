"""Lock an order: its conversation first, then its row; and check for what is under way."""

from collections.abc import Iterable
from uuid import UUID

from orders.models import IN_STATUS, IllegalMove, Order, ReturnStatus, ShipmentStatus
from outbox import conversations
from outbox.kit.rows import bulk


def lock_order(order_id: UUID) -> Order:
    """Lock the conversation of an order, then the order.

    :raises Order.DoesNotExist: there is no such order.
    """
    conversations.lock([order_id])
    return Order.objects.select_for_update().get(pk=order_id)


def lock_orders(order_ids: Iterable[UUID]) -> list[Order]:
    """Lock orders whose conversations are locked, in key order so that batches cannot deadlock."""
    return bulk.select(Order, "id", list(order_ids), lock=True)


def require_no_return(order: Order, refusal: type[Exception] = IllegalMove) -> None:
    """Check that no return of a locked order is under way.

    :raises Exception: the ``refusal``; a return has not ended.
    """
    if order.returns.filter(IN_STATUS[ReturnStatus.UNDER_WAY]).exists():
        raise refusal(f"order {order.id}: a return of it is under way: wait for its end")


def require_no_dispatch(order: Order, refusal: type[Exception] = IllegalMove) -> None:
    """Check that no shipment of a locked order is about to leave.

    :raises Exception: the ``refusal``; a dispatch has not ended.
    """
    if order.shipments.filter(status=ShipmentStatus.DISPATCHING).exists():
        raise refusal(f"order {order.id}: a shipment of it is leaving: wait until it has left")
