"""Give up what has not left of an order that left in part. Amounts are minor units."""

from uuid import UUID

from django.db import transaction

from orders.events import OrderReturnRequested, ReturnedLine
from orders.flows import RESERVE_FIRST
from orders.models import Order, OrderReturn, OrderStatus
from orders.services.approvals import ReturnRefused
from orders.services.locks import lock_order
from orders.services.packing import unpack_all
from orders.services.returns import begin_return, order_to_return
from orders.services.taken import left_to_take
from outbox.kit.rows import bulk
from outbox.wiring import publishes


@publishes(OrderReturnRequested)
@transaction.atomic
def close_order(*, order_id: UUID, reason: str) -> OrderReturn | None:
    """Give up what has not left of an order that left in part; asking again changes nothing.

    It is refunded, or not captured if it was only authorized. What is packed of it is unpacked.

    :returns: the return of what has not left; ``None`` if all has left.
    :raises ReturnRefused: nothing of the order has left, or a return or a dispatch is under way.
    """
    order = lock_order(order_id)
    if order.status == OrderStatus.FULFILLED:
        return None
    order, amount = worth_of_rest(order_id)
    unpack_all(order)
    rows = [row for row in order.lines.order_by("number") if row.left_to_send]
    units = {row.number: row.left_to_send for row in rows}
    for row in rows:
        row.returned += units[row.number]
    bulk.update(rows, ["returned"])
    return begin_return(
        order,
        amount=amount,
        lines=[ReturnedLine(row.number, row.sku, units[row.number]) for row in rows],
        not_taken=amount if order.flow == RESERVE_FIRST else 0,
        closes=True,
        reason=reason,
    )


def worth_of_rest(order_id: UUID) -> tuple[Order, int]:
    """Lock an order that left in part, and return what the units are worth that have not left.

    :raises ReturnRefused: as :func:`close_order` does.
    """
    order = order_to_return(order_id)
    if order.sent_at is None:
        raise ReturnRefused(f"order {order.id}: nothing of it has left: cancel it instead")
    if order.flow == RESERVE_FIRST:
        return order, left_to_take(order)
    left = order.amount - order.returned_amount
    return order, min(left, sum(row.worth_of(row.left_to_send) for row in order.lines.all()))
