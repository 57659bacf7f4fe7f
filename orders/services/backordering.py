"""Place the part of a waiting order whose goods are held; the rest becomes a backorder.

Each part is an order with its own payment, flow and end. So only goods that are held are charged,
and a confirmed order is complete. A part that is not paid for gets no backorder: a declined card
ends the rest too, and no goods wait for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from inventory.commands import AwaitInventory
from inventory.events import ReservedLine
from orders.events import OrderBackordered, OrderPlaced
from orders.models import STANDING, Order, OrderLine, OrderStatus
from orders.pricing import divide
from orders.services.announcements import announce_backordered, announce_placed
from orders.services.locks import lock_orders
from outbox.kit.rows import bulk
from outbox.wiring import publishes

_KEPT: Final = ("number", "sku", "name", "quantity", "unit_price", "discount", "amount")


@publishes(OrderPlaced)
@transaction.atomic(savepoint=False)
def place_what_is_held(held_of: Mapping[UUID, Sequence[ReservedLine]]) -> None:
    """Place waiting orders with the goods that are held for each of them.

    Orders that no longer wait are skipped: they were placed before, or are being cancelled, which
    releases their goods.
    """
    for order in lock_orders(held_of):
        if order.status == OrderStatus.WAITING:
            held, missing = divide(
                order.lines.order_by("number"),
                {line.sku: line.quantity for line in held_of[order.id]},
            )
            _place(order, held, missing)


@publishes(OrderBackordered, AwaitInventory)
@transaction.atomic(savepoint=False)
def await_what_is_missing(order_ids: Iterable[UUID]) -> None:
    """Create the backorders of paid orders with missing lines; skip those being cancelled."""
    for order in lock_orders(_parted(order_ids)):
        if order.status in STANDING:
            _let_wait(order, [OrderLine(**line) for line in order.missing])
            order.missing, order.payment_method = [], ""
            order.save(update_fields=["missing", "payment_method"])


def _parted(order_ids: Iterable[UUID]) -> list[UUID]:
    """Return the orders with missing lines: few, so few are locked."""
    parted = Order.objects.filter(pk__in=list(order_ids), partial=True).exclude(missing=[])
    return list(parted.values_list("pk", flat=True))


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


def _place(order: Order, held: Sequence[OrderLine], missing: Sequence[OrderLine]) -> None:
    order.lines.all().delete()
    _add_lines(order, held)
    order.move_to(OrderStatus.PENDING)
    order.amount = sum(line.amount for line in held)
    order.waited_until = timezone.now()
    order.missing = [_as_kept(line) for line in missing]
    payment_method = order.payment_method
    if not missing:
        order.payment_method = ""
    order.save(update_fields=["status", "amount", "waited_until", "missing", "payment_method"])
    announce_placed(order, held, payment_method=payment_method)


def _as_kept(line: OrderLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in _KEPT}


def _add_lines(order: Order, lines: Sequence[OrderLine]) -> None:
    for line in lines:
        line.order = order
    bulk.insert(lines)
