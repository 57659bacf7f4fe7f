"""What of an order can be returned, and whether its goods have to come back first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from orders.models import IN_STATUS, Order, OrderLine, ReturnStatus
from orders.services.approvals import ReturnRefused


@dataclass(frozen=True, slots=True)
class LineToReturn:
    """Units of a line, by its number in the order."""

    number: int
    quantity: int


def awaits_goods(order: Order) -> bool:
    """Tell whether what is returned of an order has to arrive before it is refunded."""
    return order.sent_at is not None and settings.RETURNS_AWAIT_GOODS


def expected_units(order: Order) -> Counter[int]:
    """Return the units of expected returns that have not come yet, by the line's number."""
    units = Counter[int]()
    for returned in order.returns.filter(IN_STATUS[ReturnStatus.EXPECTED]):
        for line in returned.expected_lines:
            units[line["number"]] += line["quantity"]
    return units


def units_to_return(order: Order, rows: Sequence[OrderLine]) -> dict[int, int]:
    """Return how many units of each line can be returned, by its number."""
    if order.sent_at is None:
        return {row.number: row.left_to_pack for row in rows}
    expected = expected_units(order)
    return {row.number: row.with_customer - expected[row.number] for row in rows}


def units_by_line(
    order: Order, lines: Sequence[LineToReturn], rows: Sequence[OrderLine]
) -> dict[int, int]:
    """Return the units to return by the line's number.

    Before anything has left, what is not packed can be returned; later, what has left and is not
    expected back already.

    :raises ReturnRefused: a line has fewer such units.
    """
    left = units_to_return(order, rows)
    wanted: dict[int, int] = {}
    for line in lines:
        wanted[line.number] = wanted.get(line.number, 0) + line.quantity
        if line.quantity < 1 or wanted[line.number] > left.get(line.number, 0):
            raise ReturnRefused(
                f"line {line.number}: {line.quantity} units cannot be returned,"
                f" {left.get(line.number, 0)} are left of it"
            )
    if not wanted:
        raise ReturnRefused("a return needs lines")
    return wanted
