"""Let orders stand, and close them when their goods have left."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orders.events import (
    CHOREOGRAPHED,
    OrderConfirmationRefused,
    OrderConfirmed,
    OrderFulfilled,
)
from orders.models import Order, OrderStatus
from orders.services.attention import unflag_ended
from orders.services.locks import lock_order, lock_orders, require_no_return
from outbox.kit.rows import bulk
from outbox.publishing import publish
from outbox.wiring import publishes


@transaction.atomic(savepoint=False)
def confirm_orders(order_ids: Sequence[UUID]) -> None:
    """Let pending orders stand; one that is confirmed already is announced once more.

    This is where a confirmation and a cancellation meet, and the first of them wins: an order that
    was cancelled before is refused, where a saga asks. One that was confirmed and has gone on since
    is passed over: it has its answer.
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
    # Nobody asked for it in a flow that has no saga, and nobody would hear the answer.
    if order.flow != CHOREOGRAPHED:
        publish(
            OrderConfirmationRefused(order_id=order.id, reason_code=order.reason_code),
            conversation=order.id,
        )


@publishes(OrderFulfilled)
@transaction.atomic
def fulfil_order(*, order_id: UUID) -> None:
    """Record that the goods of an order have left; asking again changes nothing.

    :raises IllegalMove: the order is not confirmed, or a return of it is under way.
    """
    order = lock_order(order_id)
    if order.status == OrderStatus.FULFILLED:
        return
    require_no_return(order)
    order.move_to(OrderStatus.FULFILLED)
    order.fulfilled_at = timezone.now()
    order.save(update_fields=["status", "fulfilled_at"])
    publish(
        OrderFulfilled(order_id=order.id, fulfilled_at=order.fulfilled_at),
        conversation=order.id,
        flow=order.flow,
    )
