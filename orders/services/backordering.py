"""Place the part of a waiting order whose goods are held; the rest becomes a backorder.

Each part is an order with its own payment, flow and end. So only goods that are held are charged,
and a confirmed order is complete. A part that is not paid for gets no backorder: a declined card
ends the rest too, and no goods wait for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from inventory.commands import AwaitInventory
from inventory.events import ReservedLine
from orders.events import OrderBackordered, OrderPlaced
from orders.models import STANDING, Order, OrderStatus
from orders.pricing import Priced, divide
from orders.pricing.keeping import kept, restored
from orders.services.addresses import give_same_addresses
from orders.services.announcements import announce_backordered, announce_placed
from orders.services.locks import lock_orders
from outbox.kit.rows import bulk
from outbox.wiring import publishes

_WRITTEN: Final = (
    *("status", "amount", "waited_until", "missing", "missing_adjustments", "payment_method"),
)


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
                list(order.lines.order_by("number")),
                list(order.adjustments.order_by("number")),
                {line.sku: line.quantity for line in held_of[order.id]},
            )
            _place(order, held, missing)


@publishes(OrderBackordered, AwaitInventory)
@transaction.atomic(savepoint=False)
def await_what_is_missing(order_ids: Iterable[UUID]) -> None:
    """Create the backorders of paid orders with missing lines; skip those being cancelled."""
    for order in lock_orders(_parted(order_ids)):
        if order.status in STANDING:
            _let_wait(order, restored(order.missing, order.missing_adjustments))
            order.missing, order.missing_adjustments, order.payment_method = [], [], ""
            order.save(update_fields=["missing", "missing_adjustments", "payment_method"])


def _parted(order_ids: Iterable[UUID]) -> list[UUID]:
    """Return the orders with missing lines: few, so few are locked."""
    parted = Order.objects.filter(pk__in=list(order_ids), partial=True).exclude(missing=[])
    return list(parted.values_list("pk", flat=True))


def _let_wait(order: Order, missing: Priced) -> None:
    rest = Order.objects.create(
        backorder_of=order,
        customer=order.customer,
        flow=order.flow,
        partial=True,
        status=OrderStatus.WAITING,
        payment_method=order.payment_method,
        amount=missing.amount,
        currency=order.currency,
        country=order.country,
        language=order.language,
        placed_at=order.placed_at,
    )
    _add_rows(rest, missing)
    give_same_addresses(order, to=rest)
    announce_backordered(rest, missing)


def _place(order: Order, held: Priced, missing: Priced) -> None:
    order.lines.all().delete()
    if held.adjustments or missing.adjustments:
        order.adjustments.all().delete()
    _add_rows(order, held)
    order.move_to(OrderStatus.PENDING)
    order.amount = held.amount
    order.waited_until = timezone.now()
    order.missing, order.missing_adjustments = kept(missing)
    payment_method = order.payment_method
    if not missing.lines:
        order.payment_method = ""
    order.save(update_fields=_WRITTEN)
    announce_placed(order, held, payment_method=payment_method)


def _add_rows(order: Order, priced: Priced) -> None:
    priced.belong_to(order)
    bulk.write(bulk.insertion(priced.lines), bulk.insertion(priced.adjustments))
