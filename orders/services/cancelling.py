"""Cancel orders: lock the order first, end it when its charge and goods are given back."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orders.events import OrderCancellationRequested, OrderCancelled, OrderedLine
from orders.models import IllegalMove, Order, OrderStatus
from orders.services.attention import unflag_ended
from orders.services.locks import (
    lock_order,
    lock_orders,
    require_no_dispatch,
    require_no_return,
)
from orders.services.packing import unpack_all
from orders.services.vouchers import give_back_vouchers
from outbox.kit.rows import bulk
from outbox.publishing import publish
from outbox.wiring import publishes


@publishes(OrderCancellationRequested)
@transaction.atomic
def request_cancellation(*, order_id: UUID, reason_code: str) -> Order:
    """Move an order to ``cancelling`` and announce it; asking again changes nothing.

    From here on a pending order cannot be confirmed: the flow and the cancellation both lock the
    order's row, and the first one wins.

    :raises IllegalMove: something of the order has left or is leaving, or a return of it is under
        way.
    """
    order = lock_order(order_id)
    if order.status not in (OrderStatus.CANCELLING, OrderStatus.CANCELLED):
        begin_cancellation(order, reason_code=reason_code)
    return order


def begin_cancellation(order: Order, *, reason_code: str) -> None:
    """Move a locked order to ``cancelling``, its semantic lock, and announce it.

    What is packed of it is unpacked.

    :raises IllegalMove: as above.
    """
    require_nothing_sent(order)
    require_no_return(order)
    unpack_all(order)
    order.move_to(OrderStatus.CANCELLING)
    order.reason_code = reason_code
    order.payment_method = ""
    order.save(update_fields=["status", "reason_code", "payment_method"])
    publish(
        OrderCancellationRequested(
            order_id=order.id,
            reason_code=reason_code,
            amount=order.amount - order.returned_amount,
            currency=order.currency,
            lines=tuple(_left_of(order)),
        ),
        conversation=order.id,
        flow=order.flow,
    )


def require_nothing_sent(order: Order) -> None:
    """Check that nothing of a locked order has left or is leaving.

    :raises IllegalMove: something has.
    """
    require_no_dispatch(order)
    if order.sent_at is not None:
        raise IllegalMove(
            f"order {order.id}: some of it has left, and can only be returned: it is {order.status}"
        )


def _left_of(order: Order) -> Iterator[OrderedLine]:
    for line in order.lines.order_by("number"):
        if units := line.quantity - line.returned:
            yield OrderedLine(line.sku, units, line.worth_of(units))


@transaction.atomic(savepoint=False)
def cancel_orders(reason_code_of: Mapping[UUID, str]) -> None:
    """End orders without charge and goods; one that is cancelled already is announced again.

    :raises IllegalMove: one of them is confirmed or fulfilled.
    """
    now = timezone.now()
    ended = []
    for order in lock_orders(reason_code_of):
        if order.status != OrderStatus.CANCELLED:
            if order.status == OrderStatus.PENDING:
                order.move_to(OrderStatus.CANCELLING)
            order.move_to(OrderStatus.CANCELLED)
            order.reason_code = reason_code_of[order.id]
            order.cancelled_at, order.payment_method = now, ""
            ended.append(order)
        publish(
            OrderCancelled(
                order_id=order.id,
                reason_code=order.reason_code,
                cancelled_at=order.cancelled_at or now,
            ),
            conversation=order.id,
        )
    bulk.update(ended, ["status", "reason_code", "cancelled_at", "payment_method"])
    unflag_ended(ended)
    if bought := [order.id for order in ended if order.uses_vouchers or order.backorder_of_id]:
        give_back_vouchers(bought)


@transaction.atomic(savepoint=False)
def cancel_pending_orders(reason_code_of: Mapping[UUID, str]) -> None:
    """Cancel those of the orders that are still pending; leave the others alone."""
    orders = lock_orders(reason_code_of)
    pending = [order.id for order in orders if order.status == OrderStatus.PENDING]
    cancel_orders({order_id: reason_code_of[order_id] for order_id in pending})
