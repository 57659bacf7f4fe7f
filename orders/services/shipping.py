"""Send packed shipments: the order is fulfilled when all has left that will be sent."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orders.events import (
    OrderFulfilled,
    ShipmentDispatched,
    ShipmentDispatchRequested,
    ShipmentHeldBack,
    ShippedLine,
)
from orders.models import Order, OrderLine, OrderStatus, Shipment, ShipmentLine, ShipmentStatus
from orders.services.locks import lock_orders, require_no_dispatch, require_no_return
from orders.services.packing import ShipmentRefused, lock_shipment, take_apart
from orders.services.taken import left_to_take
from outbox.kit.rows import bulk
from outbox.kit.texts import LONGEST_REASON, fit
from outbox.publishing import publish
from outbox.wiring import publishes


@publishes(ShipmentDispatchRequested)
@transaction.atomic
def dispatch_shipment(
    *, shipment_id: UUID, by: str, carrier: str = "", tracking: str = ""
) -> Shipment:
    """Begin to send a packed shipment, and announce it; asking again changes nothing.

    :param by: the name of the user who dispatches it.
    :raises ShipmentRefused: it is unpacked, its order is not confirmed, or a return or another
        dispatch of the order is under way.
    :raises Shipment.DoesNotExist: there is no such shipment.
    """
    shipment = lock_shipment(shipment_id)
    order = shipment.order
    if shipment.status in (ShipmentStatus.DISPATCHING, ShipmentStatus.DISPATCHED):
        return shipment
    if shipment.status != ShipmentStatus.PACKED or order.status != OrderStatus.CONFIRMED:
        raise ShipmentRefused(
            f"{shipment} is {shipment.status} and its order {order.status}: it cannot leave"
        )
    require_no_return(order, ShipmentRefused)
    require_no_dispatch(order, ShipmentRefused)
    content = list(_content(shipment))
    shipment.status, shipment.dispatched_by = ShipmentStatus.DISPATCHING, by
    shipment.carrier, shipment.tracking = carrier, tracking
    shipment.dispatch_requested_at = timezone.now()
    worth = sum(each.line.worth_of_sent(each.quantity) for each in content)
    shipment.amount = min(worth, left_to_take(order))
    shipment.save(
        update_fields=[
            *("status", "dispatched_by", "dispatch_requested_at"),
            *("carrier", "tracking", "amount"),
        ]
    )
    publish(
        ShipmentDispatchRequested(
            order_id=order.id,
            shipment_id=shipment.id,
            lines=_shipped(content),
            amount=shipment.amount,
            currency=order.currency,
            is_last=_left_after(order, content) == 0,
        ),
        conversation=order.id,
        flow=order.flow,
    )
    return shipment


@transaction.atomic(savepoint=False)
def complete_dispatch(*, order_id: UUID, shipment_id: UUID) -> None:
    """Record that a shipment has left, and announce it; one that has left is announced again.

    If nothing is left to be sent, the order is fulfilled.
    """
    (order,) = lock_orders([order_id])
    shipment = Shipment.objects.select_for_update().get(pk=shipment_id, order=order)
    content = list(_content(shipment))
    now = timezone.now()
    if shipment.status != ShipmentStatus.DISPATCHED:
        for each in content:
            each.line.sent += each.quantity
        bulk.update([each.line for each in content], ["sent"])
        shipment.status, shipment.dispatched_at = ShipmentStatus.DISPATCHED, now
        shipment.save(update_fields=["status", "dispatched_at"])
        if order.sent_at is None:
            order.sent_at = now
            order.save(update_fields=["sent_at"])
    publish(dispatched(shipment, content), conversation=order.id)
    fulfil_what_has_left(order)


def fulfil_what_has_left(order: Order) -> None:
    """Fulfil a locked order of which something has left and nothing is left to be sent."""
    if order.status != OrderStatus.CONFIRMED or order.sent_at is None or _left_after(order):
        return
    order.move_to(OrderStatus.FULFILLED)
    order.fulfilled_at = timezone.now()
    order.save(update_fields=["status", "fulfilled_at"])
    publish(
        OrderFulfilled(order_id=order.id, fulfilled_at=order.fulfilled_at),
        conversation=order.id,
    )


@transaction.atomic(savepoint=False)
def hold_back_shipment(*, order_id: UUID, shipment_id: UUID, decline_code: str) -> None:
    """Give up a dispatch, and announce it; its units are left to pack again."""
    (order,) = lock_orders([order_id])
    shipment = Shipment.objects.select_for_update().get(pk=shipment_id, order=order)
    if shipment.status == ShipmentStatus.DISPATCHING:
        shipment.held_back = fit(decline_code, LONGEST_REASON)
        shipment.save(update_fields=["held_back"])
        take_apart([shipment], ShipmentStatus.HELD_BACK)
    publish(
        ShipmentHeldBack(
            order_id=order_id, shipment_id=shipment_id, decline_code=shipment.held_back
        ),
        conversation=order_id,
    )


def dispatched(shipment: Shipment, content: Sequence[ShipmentLine]) -> ShipmentDispatched:
    """Return the event of a shipment that has left.

    :raises ValueError: it has not left.
    """
    if shipment.dispatched_at is None:
        raise ValueError(f"{shipment} has not left")
    return ShipmentDispatched(
        order_id=shipment.order_id,
        shipment_id=shipment.id,
        lines=_shipped(content),
        amount=shipment.amount,
        carrier=shipment.carrier,
        tracking=shipment.tracking,
        dispatched_at=shipment.dispatched_at,
    )


def _content(shipment: Shipment) -> Iterator[ShipmentLine]:
    return shipment.lines.select_related("line").order_by("line__number").iterator()


def _shipped(content: Sequence[ShipmentLine]) -> tuple[ShippedLine, ...]:
    return tuple(ShippedLine(each.line.number, each.line.sku, each.quantity) for each in content)


def _left_after(order: Order, content: Sequence[ShipmentLine] = ()) -> int:
    """Return how many units of an order are left to be sent once these have left."""
    leaving = sum(each.quantity for each in content)
    return sum(line.left_to_send for line in OrderLine.objects.filter(order=order)) - leaving
