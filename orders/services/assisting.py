"""Staff act for customers: the same use cases, with an operator's act beside them."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from orders.events import OrderCancellationRequested, OrderReturnRequested
from orders.models import Order, OrderReturn, ReasonCode
from orders.services.cancelling import request_cancellation
from orders.services.returning import LineToReturn, request_return
from outbox.acts import record_act
from outbox.wiring import publishes


@publishes(OrderCancellationRequested)
@transaction.atomic
def cancel_for_customer(*, order_id: UUID, reason: str, actor: str) -> Order:
    """Cancel an order for whoever bought; raises as :func:`request_cancellation` does.

    :raises ReasonMissing: no reason is given.
    """
    order = request_cancellation(order_id=order_id, reason_code=ReasonCode.CANCELLED_BY_STAFF)
    _record("cancel order", order_id, reason, actor)
    return order


@publishes(OrderReturnRequested, OrderCancellationRequested)
@transaction.atomic
def return_for_customer(
    *, order_id: UUID, lines: Sequence[LineToReturn], reason: str, actor: str
) -> OrderReturn | None:
    """Return units of lines for whoever bought; like :func:`request_return`.

    :raises ReasonMissing: no reason is given.
    """
    made = request_return(
        order_id=order_id, lines=lines, reason=reason, reason_code=ReasonCode.CANCELLED_BY_STAFF
    )
    _record("return lines", order_id, reason, actor)
    return made


def _record(verb: str, order_id: UUID, reason: str, actor: str) -> None:
    record_act(
        actor=actor, verb=verb, subject=f"order {order_id}", reason=reason, correlation_id=order_id
    )
