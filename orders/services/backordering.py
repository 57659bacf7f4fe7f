"""Place what goods are held for; what is missing goes on waiting as an order of its own.

Each part is an order with its own payment, flow and end. So money is taken only for goods that are
held, and an order that stands is whole.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from inventory.commands import AwaitInventory
from inventory.events import ReservedLine
from orders.events import OrderBackordered
from orders.models import Order, OrderLine, OrderStatus
from orders.pricing import divide
from orders.services.announcing import announce_backordered, announce_placed
from orders.services.locking import lock_orders
from outbox import bulk
from outbox.wiring import publishes


@publishes(OrderBackordered, AwaitInventory)
@transaction.atomic(savepoint=False)
def place_what_is_held(held_of: Mapping[UUID, Sequence[ReservedLine]]) -> None:
    """Place waiting orders with the goods that are held for each of them.

    One that waits no more is passed over: it was placed before, or is being cancelled, which gives
    its goods back.
    """
    for order in lock_orders(held_of):
        if order.status == OrderStatus.WAITING:
            held, missing = divide(
                order.lines.order_by("number"),
                {line.sku: line.quantity for line in held_of[order.id]},
            )
            if missing:
                _let_wait(order, missing)
            _place(order, held)


def _let_wait(order: Order, missing: Sequence[OrderLine]) -> None:
    rest = Order.objects.create(
        backorder_of=order,
        customer=order.customer,
        flow=order.flow,
        partial=True,
        status=OrderStatus.WAITING,
        payment_method=order.payment_method,
        amount=sum(line.amount for line in missing),
        currency=order.currency,
        country=order.country,
        placed_at=order.placed_at,
    )
    _add_lines(rest, missing)
    announce_backordered(rest, missing)


def _place(order: Order, held: Sequence[OrderLine]) -> None:
    order.lines.all().delete()
    _add_lines(order, held)
    order.move_to(OrderStatus.PENDING)
    order.amount = sum(line.amount for line in held)
    order.waited_until = timezone.now()
    payment_method, order.payment_method = order.payment_method, ""
    order.save(update_fields=["status", "amount", "waited_until", "payment_method"])
    announce_placed(order, held, payment_method=payment_method)


def _add_lines(order: Order, lines: Sequence[OrderLine]) -> None:
    for line in lines:
        line.order = order
    bulk.insert(lines)
