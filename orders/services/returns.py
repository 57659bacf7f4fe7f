"""Return goods of an order, and refund them or an amount alone. Amounts are minor units."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils import timezone

from orders.events import (
    OrderReturnCompleted,
    OrderReturnExpected,
    OrderReturnRequested,
    ReturnedLine,
)
from orders.models import STANDING, Order, OrderLine, OrderReturn, ReasonCode
from orders.services.approvals import ReturnRefused
from orders.services.cancelling import begin_cancellation
from orders.services.locks import (
    lock_order,
    lock_orders,
    require_no_dispatch,
    require_no_return,
)
from orders.services.receiving import expect_return
from orders.services.returnable import LineToReturn, awaits_goods, units_by_line
from orders.services.shipping import fulfil_what_has_left
from orders.services.taken import not_taken_of
from outbox import conversations
from outbox.kit.rows import bulk
from outbox.kit.texts import LONGEST_REASON
from outbox.publishing import publish
from outbox.wiring import publishes


@publishes(OrderReturnRequested, OrderReturnExpected)
@transaction.atomic
def request_return(
    *,
    order_id: UUID,
    lines: Sequence[LineToReturn],
    reason: str = "",
    reference: str | None = None,
    reason_code: str = ReasonCode.CANCELLED_BY_CUSTOMER,
) -> OrderReturn | None:
    """Begin a return of units of some lines, and announce it; they are refunded.

    Units that have left are expected back first, unless ``RETURNS_AWAIT_GOODS`` is off.

    :param reference: the caller's own number; if a return has it already, that one is returned.
    :param reason_code: why the order is cancelled, if the return takes all of it.
    :returns: ``None`` if this is all of an order that was not sent: it is cancelled instead.
    :raises ReturnRefused: the order is not confirmed or fulfilled, or a line has fewer units left.
    """
    conversations.lock([order_id])
    if reference and (known := OrderReturn.objects.filter(reference=reference).first()):
        return known
    order = _returnable(order_id)
    rows = list(order.lines.order_by("number"))
    wanted = units_by_line(order, lines, rows)
    if _cancels(order, rows, wanted):
        begin_cancellation(order, reason_code=reason_code)
        return None
    amount = _worth_of(order, rows, wanted)
    returned = [row for row in rows if row.number in wanted]
    units = [ReturnedLine(row.number, row.sku, wanted[row.number]) for row in returned]
    if awaits_goods(order):
        return expect_return(order, units, amount=amount, reason=reason, reference=reference)
    for row in returned:
        row.returned += wanted[row.number]
        row.returned_sent += wanted[row.number] if order.sent_at else 0
    bulk.update(returned, ["returned", "returned_sent"])
    return begin_return(
        order,
        amount=amount,
        lines=units,
        not_taken=0 if order.sent_at else not_taken_of(order, amount),
        reason=reason,
        reference=reference,
    )


def worth_of_return(order_id: UUID, lines: Sequence[LineToReturn]) -> tuple[Order, int]:
    """Lock an order, and return what a return of these lines would refund.

    :raises ReturnRefused: as :func:`request_return` does.
    """
    order = _returnable(order_id)
    rows = list(order.lines.order_by("number"))
    return order, _worth_of(order, rows, units_by_line(order, lines, rows))


@transaction.atomic(savepoint=False)
def complete_return(*, order_id: UUID, return_id: UUID) -> None:
    """Close a return that is refunded and restocked; a closed one is announced again."""
    (order,) = lock_orders([order_id])
    returned = OrderReturn.objects.select_for_update().get(pk=return_id, order=order)
    if returned.completed_at is None:
        returned.completed_at = timezone.now()
        returned.save(update_fields=["completed_at"])
    publish(
        OrderReturnCompleted(
            order_id=order_id,
            return_id=return_id,
            amount=returned.amount,
            completed_at=returned.completed_at,
        ),
        conversation=order_id,
    )
    fulfil_what_has_left(order)


def _returnable(order_id: UUID) -> Order:
    """Lock an order of which units can be returned, once they are back or at once."""
    order = _lock_standing(order_id)
    return order if awaits_goods(order) else order_to_return(order_id)


def _lock_standing(order_id: UUID) -> Order:
    order = lock_order(order_id)
    if order.status not in STANDING:
        raise ReturnRefused(f"order {order.id} is {order.status}: nothing of it can be returned")
    return order


def order_to_return(order_id: UUID) -> Order:
    order = _lock_standing(order_id)
    require_no_return(order, ReturnRefused)
    require_no_dispatch(order, ReturnRefused)
    return order


def _cancels(order: Order, rows: Sequence[OrderLine], wanted: Mapping[int, int]) -> bool:
    """Tell whether these units are all of an order of which nothing has left."""
    takes_all = all(wanted.get(row.number, 0) == row.quantity - row.returned for row in rows)
    return takes_all and order.sent_at is None


def _worth_of(order: Order, rows: Sequence[OrderLine], wanted: Mapping[int, int]) -> int:
    """Return the refund of units of lines: at most what earlier refunds have left."""
    left = order.amount - order.returned_amount
    if _cancels(order, rows, wanted):
        return left
    worth_of = OrderLine.worth_of_returned if order.sent_at else OrderLine.worth_of
    worth = sum(worth_of(row, wanted[row.number]) for row in rows if row.number in wanted)
    return min(left, worth)


def begin_return(  # noqa: PLR0913 - the columns of a row
    order: Order,
    *,
    amount: int,
    lines: Sequence[ReturnedLine],
    reason: str,
    not_taken: int,
    closes: bool = False,
    reference: str | None = None,
) -> OrderReturn:
    order.returned_amount += amount
    order.save(update_fields=["returned_amount"])
    returned = OrderReturn.objects.create(
        order=order,
        amount=amount,
        not_taken=not_taken,
        closes=closes,
        lines=msgspec.to_builtins(lines),
        reason=reason[:LONGEST_REASON],
        reference=reference,
    )
    publish(
        OrderReturnRequested(
            order_id=order.id,
            return_id=returned.id,
            amount=amount,
            currency=order.currency,
            lines=tuple(lines),
            requested_at=returned.requested_at,
            not_taken=not_taken,
            closes=closes,
        ),
        conversation=order.id,
        flow=order.flow,
    )
    return returned
