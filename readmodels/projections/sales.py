"""Daily sales by product and country."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC

from orders.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderReturnReceived,
    OrderReturnRequested,
)
from readmodels.models import DailySales, SoldOrder
from readmodels.totals import Totals

daily_sales = Totals("daily_sales", SoldOrder, DailySales)


@daily_sales.on(OrderPlaced)
def placed(order: SoldOrder, event: OrderPlaced) -> None:
    order.day = event.placed_at.astimezone(UTC).date()
    order.country = event.country
    order.currency = event.currency
    order.lines = [[line.sku, line.quantity, line.amount] for line in event.lines]


@daily_sales.on(OrderConfirmed)
def confirmed(order: SoldOrder, _event: OrderConfirmed) -> None:
    order.stands = True


@daily_sales.on(OrderCancelled)
def cancelled(order: SoldOrder, _event: OrderCancelled) -> None:
    order.stands = False


@daily_sales.on(OrderReturnRequested)
@daily_sales.on(OrderReturnReceived)
def return_requested(order: SoldOrder, event: OrderReturnRequested | OrderReturnReceived) -> None:
    order.returns[str(event.return_id)] = [[line.number, line.quantity] for line in event.lines]


@daily_sales.counts
def counted(order: SoldOrder) -> Iterator[DailySales]:
    """Count the lines of a confirmed order, on the day on which it was placed."""
    if not order.stands or order.day is None:
        return
    returned = Counter[int]()
    for lines in order.returns.values():
        for number, units in lines:
            returned[number] += units
    seen = set[str]()
    for number, (sku, units, amount) in enumerate(order.lines, start=1):
        yield DailySales(
            day=order.day,
            sku=sku,
            country=order.country,
            currency=order.currency,
            orders=int(sku not in seen),
            units=units,
            amount=amount,
            returned_units=returned[number],
            returned_amount=amount * returned[number] // units,
        )
        seen.add(sku)
