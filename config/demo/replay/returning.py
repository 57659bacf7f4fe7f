"""Request the returns of the files, with the services."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from uuid import UUID

from config.demo.replay.books import Content, Return, Skip
from config.demo.replay.patience import patiently
from config.demo.replay.placing import order_of
from orders.models import Order, OrderLine, OrderReturn, ReasonCode
from orders.services import LineToReturn, ReturnRefused, request_return


def in_turns(returns: Sequence[Return]) -> Iterator[list[Return]]:
    """Yield returns in rounds with one per sale, since a sale's next return waits for the last."""
    left = list(returns)
    while left:
        turn: dict[str, Return] = {}
        for each in left:
            turn.setdefault(each.sale, each)
        yield list(turn.values())
        left = [each for each in left if turn[each.sale] is not each]


def return_goods(returns: Sequence[Return]) -> tuple[list[UUID], Counter[Skip]]:
    """Request returns of confirmed orders; return these orders, and what was skipped."""
    asked, skipped = [], Counter[Skip]()
    for each in returns:
        order_id = patiently(partial(order_of, each.sale))
        if patiently(partial(_return_goods, order_id, each)):
            asked.append(order_id)
        else:
            skipped[Skip.NOT_CONFIRMED] += 1
    return asked, skipped


def returns_made(returns: Sequence[Return]) -> int:
    """Count the completed ones of these returns."""
    references = [each.reference for each in returns]
    made = OrderReturn.objects.filter(reference__in=references, completed_at__isnull=False)
    return made.count()


def _return_goods(order_id: UUID, each: Return) -> bool:
    if OrderReturn.objects.filter(reference=each.reference).exists():
        return True
    lines = _lines(OrderLine.objects.filter(order=order_id).order_by("number"), each.units)
    try:
        request_return(
            order_id=order_id, lines=lines, reason="taken back", reference=each.reference
        )
    except ReturnRefused:
        # An order's last return cancels it; an earlier run may have made this one.
        return Order.objects.filter(
            pk=order_id, reason_code=ReasonCode.CANCELLED_BY_CUSTOMER
        ).exists()
    return True


def _lines(rows: Iterable[OrderLine], units: Content) -> list[LineToReturn]:
    left = Counter(units)
    lines = []
    for row in rows:
        article = (row.sku, row.unit_price)
        quantity = min(left[article], row.quantity - row.returned)
        if quantity:
            lines.append(LineToReturn(row.number, quantity))
            left[article] -= quantity
    return lines
