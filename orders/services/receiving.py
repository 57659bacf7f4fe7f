"""Await the goods of expected returns, receive them, or give the return up.

The return's saga refunds what was received. Until then a return counts neither as refunded nor
against the lines of the order, so the rest can be sent, and other units returned, meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction

from orders.events import (
    OrderReturnAwaited,
    OrderReturnGivenUp,
    OrderReturnReceived,
    ReturnedLine,
)
from orders.models import Order, OrderLine, OrderReturn, ReturnStatus
from orders.services.announcements import expected, given_up, received
from orders.services.approvals import ReturnRefused
from orders.services.locks import lock_order, require_no_dispatch, require_no_return
from outbox.kit.clock import database_now
from outbox.kit.rows import bulk
from outbox.kit.texts import LONGEST_REASON, fit
from outbox.publishing import publish
from outbox.wiring import publishes

NEVER_CAME: Final = "its goods did not come in time"


@dataclass(frozen=True, slots=True)
class LineReceived:
    """Units of a line that came back, by its number: for sale again, or not."""

    number: int
    restocked: int = 0
    written_off: int = 0


def expect_return(
    order: Order,
    lines: Sequence[ReturnedLine],
    *,
    amount: int,
    reason: str,
    reference: str | None = None,
) -> OrderReturn:
    """Expect units of a locked order back for ``RETURN_DAYS``.

    :param amount: what they are worth now, in minor units.
    """
    returned = OrderReturn.objects.create(
        order=order,
        amount=0,
        lines=[],
        expected_lines=msgspec.to_builtins(lines),
        expected_amount=amount,
        expected_until=database_now() + timedelta(days=settings.RETURN_DAYS),
        reason=fit(reason, LONGEST_REASON),
        reference=reference,
    )
    publish(expected(returned), conversation=order.id, flow=order.flow)
    return returned


@transaction.atomic(savepoint=False)
def await_return(*, order_id: UUID, return_id: UUID) -> None:
    """Say where a return stands; one whose time is over is given up."""
    returned = lock_return(return_id, order_id)
    if returned.received_at:
        publish(received(returned), conversation=order_id)
        return
    until = returned.expected_until
    if until and returned.status == ReturnStatus.EXPECTED and not is_over(until):
        event = OrderReturnAwaited(order_id=order_id, return_id=return_id, until=until)
        publish(event, conversation=order_id)
    else:
        _give_up(returned, NEVER_CAME)


@publishes(OrderReturnReceived)
@transaction.atomic
def receive_return(*, return_id: UUID, by: str, lines: Sequence[LineReceived] = ()) -> OrderReturn:
    """Take the goods of an expected return in, and have them refunded, once.

    :param by: the name of the user who received them.
    :param lines: what came back; without any, all that was announced, for sale again.
    :raises ReturnRefused: it expects no goods, or fewer; or a refund or a dispatch of the order is
        under way.
    :raises OrderReturn.DoesNotExist: there is no such return.
    """
    returned = lock_return(return_id)
    if returned.received_at:
        return returned
    order = returned.order
    if returned.status != ReturnStatus.EXPECTED:
        raise ReturnRefused(
            f"{returned} is {returned.status.label.lower()}: it expects no goods;"
            " what arrives late is returned anew"
        )
    require_no_return(order, ReturnRefused)
    require_no_dispatch(order, ReturnRefused)
    back = _units_back(returned, lines)
    units = {number: each.restocked + each.written_off for number, each in back.items()}
    rows = [row for row in order.lines.order_by("number") if units.get(row.number)]
    worth = sum(row.worth_of_returned(units[row.number]) for row in rows)
    returned.amount = min(order.amount - order.returned_amount, worth)
    returned.lines = _as_lines(rows, units)
    returned.written_off = _as_lines(rows, {n: each.written_off for n, each in back.items()})
    returned.received_at, returned.received_by = database_now(), by
    returned.save(update_fields=["amount", "lines", "written_off", "received_at", "received_by"])
    for row in rows:
        row.returned += units[row.number]
        row.returned_sent += units[row.number]
    bulk.update(rows, ["returned", "returned_sent"])
    order.returned_amount += returned.amount
    order.save(update_fields=["returned_amount"])
    publish(received(returned), conversation=order.id, flow=order.flow)
    return returned


@publishes(OrderReturnGivenUp)
@transaction.atomic
def give_up_return(*, return_id: UUID, order_id: UUID | None = None, reason: str) -> OrderReturn:
    """End an expected return whose goods do not come; asking again changes nothing.

    :raises ReturnRefused: its goods are back, or it never waited for any.
    :raises OrderReturn.DoesNotExist: there is no such return, or it belongs to another order.
    """
    returned = lock_return(return_id, order_id)
    if returned.status == ReturnStatus.EXPECTED:
        _give_up(returned, reason)
    elif returned.status != ReturnStatus.GIVEN_UP:
        raise ReturnRefused(f"{returned} is {returned.status.label.lower()}: it cannot be given up")
    return returned


def is_over(until: datetime) -> bool:
    """Tell whether goods that had to come until then are too late."""
    return database_now() >= until


def lock_return(return_id: UUID, order_id: UUID | None = None) -> OrderReturn:
    """Lock the order of a return, then the return.

    :raises OrderReturn.DoesNotExist: there is no such return, or it belongs to another order.
    """
    known = OrderReturn.objects.values_list("order_id", flat=True)
    order = lock_order(known.get(pk=return_id, **({"order_id": order_id} if order_id else {})))
    returned = OrderReturn.objects.select_for_update().get(pk=return_id)
    returned.order = order
    return returned


def _give_up(returned: OrderReturn, reason: str) -> None:
    """Give up a locked return, and announce it; one that was given up is announced again."""
    if returned.given_up_at is None:
        returned.given_up_at, returned.given_up_because = (
            database_now(),
            fit(reason, LONGEST_REASON),
        )
        returned.save(update_fields=["given_up_at", "given_up_because"])
    publish(given_up(returned), conversation=returned.order_id, flow=returned.order.flow)


def _units_back(returned: OrderReturn, lines: Sequence[LineReceived]) -> Mapping[int, LineReceived]:
    """Return what came back, by the line's number.

    :raises ReturnRefused: nothing did, or more than was announced.
    """
    expected = {line["number"]: line["quantity"] for line in returned.expected_lines}
    back = {line.number: line for line in lines}
    if not lines:
        return {number: LineReceived(number, units) for number, units in expected.items()}
    if len(back) < len(lines):
        raise ReturnRefused("a line is named twice: name each once")
    for line in lines:
        units = line.restocked + line.written_off
        if min(line.restocked, line.written_off) < 0 or units > expected.get(line.number, 0):
            raise ReturnRefused(
                f"line {line.number}: {units} units cannot have come back,"
                f" {expected.get(line.number, 0)} are expected"
            )
    if not any(line.restocked + line.written_off for line in lines):
        raise ReturnRefused("no units came back: give the return up instead")
    return back


def _as_lines(rows: Sequence[OrderLine], units: Mapping[int, int]) -> list[dict[str, Any]]:
    """Return units of lines as the row of a return keeps them."""
    lines: list[dict[str, Any]] = msgspec.to_builtins(
        [ReturnedLine(row.number, row.sku, units[row.number]) for row in rows if units[row.number]]
    )
    return lines
