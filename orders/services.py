"""Use cases of orders, one transaction each.

Those that handlers call join the transaction of the turn without a savepoint: when they fail, the
whole turn is taken again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from orders.events import (
    OrderCancellationRequested,
    OrderCancelled,
    OrderConfirmed,
    OrderedLine,
    OrderPlaced,
)
from orders.flows import FLOWS
from orders.models import (
    Customer,
    IllegalMove,
    Order,
    OrderStatus,
)
from orders.pricing import NewLine, OrderRefused, price_lines
from outbox import bulk, conversations
from outbox.publishing import publish
from outbox.wiring import publishes


class UnknownFlow(OrderRefused):
    """No flow has this name."""


@publishes(OrderPlaced)
@transaction.atomic
def place_order(  # noqa: PLR0913 - the facts of an order
    *,
    customer: Customer,
    lines: Sequence[NewLine],
    payment_method: str,
    flow: str | None = None,
    reference: str | None = None,
    placed_at: datetime | None = None,
) -> Order:
    """Record a pending order and announce it; the chosen flow takes it from there.

    :param flow: the setting ``ORDER_FLOW`` when ``None``.
    :param reference: the caller's own number; one that exists returns the order that bears it.
    :raises UnknownFlow: no flow has this name.
    :raises UnknownSku: a line names a product that is not for sale.
    :raises OrderRefused: there are no lines, or they are not of one currency.
    """
    flow = flow or settings.ORDER_FLOW
    if flow not in FLOWS:
        raise UnknownFlow(f"{flow} is no flow: choose one of {', '.join(sorted(FLOWS))}")
    order_lines, currency = price_lines(lines)
    order = Order(
        customer=customer,
        reference=reference,
        flow=flow,
        amount=sum(line.amount for line in order_lines),
        currency=currency,
        placed_at=placed_at or timezone.now(),
    )
    if earlier := _insert_unless_known(order):
        return earlier
    for line in order_lines:
        line.order = order
    bulk.insert(order_lines)
    publish(
        OrderPlaced(
            order_id=order.id,
            customer_id=customer.id,
            customer_name=customer.name,
            lines=tuple(OrderedLine(line.sku, line.quantity, line.amount) for line in order_lines),
            amount=order.amount,
            currency=order.currency,
            payment_method=payment_method,
            placed_at=order.placed_at,
        ),
        conversation=order.id,
        flow=order.flow,
    )
    return order


def _insert_unless_known(order: Order) -> Order | None:
    """Insert an order under its reference; return the one that bears it already, if one does."""
    if order.reference is None:
        bulk.insert([order])
        return None
    Order.objects.bulk_create([order], ignore_conflicts=True)
    bearer = Order.objects.get(reference=order.reference)
    return None if bearer.pk == order.pk else bearer


@transaction.atomic(savepoint=False)
def confirm_orders(order_ids: Sequence[UUID]) -> None:
    """Let pending orders stand; one that is confirmed already is announced once more.

    One that was confirmed and has gone on since is passed over: it has its answer.

    :raises IllegalMove: one of them was given up before it could be confirmed.
    """
    now = timezone.now()
    for order in _locked(order_ids):
        if order.status != OrderStatus.CONFIRMED:
            if order.confirmed_at is not None:
                continue
            order.move_to(OrderStatus.CONFIRMED)
            order.confirmed_at = now
        publish(
            OrderConfirmed(order_id=order.id, confirmed_at=order.confirmed_at or now),
            conversation=order.id,
        )
    Order.objects.filter(pk__in=order_ids, status=OrderStatus.PENDING).update(
        status=OrderStatus.CONFIRMED, confirmed_at=now
    )


@publishes(OrderCancellationRequested)
@transaction.atomic
def request_cancellation(*, order_id: UUID, reason_code: str) -> None:
    """Lock a confirmed order and announce that it is to be undone; asking again changes nothing.

    :raises IllegalMove: the order is still pending, or fulfilled.
    """
    conversations.lock([order_id])
    (order,) = _locked([order_id])
    if order.status in (OrderStatus.CANCELLING, OrderStatus.CANCELLED):
        return
    if order.status == OrderStatus.PENDING:
        raise IllegalMove(f"order {order.id} is pending: wait for its outcome, then cancel it")
    order.move_to(OrderStatus.CANCELLING)
    order.reason_code = reason_code
    order.save(update_fields=["status", "reason_code"])
    publish(
        OrderCancellationRequested(order_id=order.id, reason_code=reason_code),
        conversation=order.id,
        flow=order.flow,
    )


@transaction.atomic(savepoint=False)
def cancel_orders(reason_code_of: Mapping[UUID, str]) -> None:
    """End orders of which nothing is charged or held; a cancelled one is announced once more.

    :raises IllegalMove: one of them is confirmed or fulfilled.
    """
    now = timezone.now()
    ended = []
    for order in _locked(list(reason_code_of)):
        if order.status != OrderStatus.CANCELLED:
            if order.status == OrderStatus.PENDING:
                order.move_to(OrderStatus.CANCELLING)
            order.move_to(OrderStatus.CANCELLED)
            order.reason_code = reason_code_of[order.id]
            order.cancelled_at = now
            ended.append(order)
        publish(
            OrderCancelled(
                order_id=order.id,
                reason_code=order.reason_code,
                cancelled_at=order.cancelled_at or now,
            ),
            conversation=order.id,
        )
    bulk.update(ended, ["status", "reason_code", "cancelled_at"])


@transaction.atomic(savepoint=False)
def flag_order(*, order_id: UUID, reason: str) -> None:
    """Show that a human has to look after an order, beside whatever status it has.

    :param reason: empty when nobody has to any more.
    """
    Order.objects.filter(pk=order_id).update(
        needs_attention=bool(reason), attention_reason=reason[:200]
    )


def _locked(order_ids: Sequence[UUID]) -> list[Order]:
    """Lock orders in key order so that two batches cannot deadlock."""
    return list(Order.objects.select_for_update().filter(pk__in=order_ids).order_by("pk"))
