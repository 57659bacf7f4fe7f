"""Statistics per customer: orders, amounts and returns."""

from collections.abc import Iterator

from orders.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderReturnReceived,
    OrderReturnRequested,
)
from readmodels.models import CustomerOrder, CustomerStatistics
from readmodels.totals import Totals

customer_statistics = Totals("customer_statistics", CustomerOrder, CustomerStatistics)


@customer_statistics.on(OrderPlaced)
def placed(order: CustomerOrder, event: OrderPlaced) -> None:
    order.customer_id = event.customer_id
    order.currency = event.currency
    order.amount = event.amount


@customer_statistics.on(OrderConfirmed)
def confirmed(order: CustomerOrder, _event: OrderConfirmed) -> None:
    order.stands = True


@customer_statistics.on(OrderCancelled)
def cancelled(order: CustomerOrder, _event: OrderCancelled) -> None:
    order.stands = False
    order.is_cancelled = True


@customer_statistics.on(OrderReturnRequested)
@customer_statistics.on(OrderReturnReceived)
def return_requested(
    order: CustomerOrder, event: OrderReturnRequested | OrderReturnReceived
) -> None:
    order.returns[str(event.return_id)] = event.amount


@customer_statistics.counts
def counted(order: CustomerOrder) -> Iterator[CustomerStatistics]:
    """Count an order; its money counts while it stands."""
    if order.customer_id is None:
        return
    yield CustomerStatistics(
        customer_id=order.customer_id,
        currency=order.currency,
        orders=1,
        standing=int(order.stands),
        cancelled=int(order.is_cancelled),
        amount=order.amount if order.stands else 0,
        returned_amount=sum(order.returns.values()) if order.stands else 0,
    )
