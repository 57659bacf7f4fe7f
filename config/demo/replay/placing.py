"""Place the sales of the files, cancel orders and write off stock, with the services."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from uuid import UUID

from config.demo.replay.books import Books, Cancellation, Sale, Skip, WriteOff
from config.demo.replay.patience import patiently
from config.demo.replay.progress import watching
from inventory.models import MovementKind, StockMovement, StockRefused
from inventory.services.stock_taking import StockChange, change_stock
from orders.models import Customer, IllegalMove, Order, OrderStatus, ReasonCode
from orders.services import import_order, request_cancellation

AT_ONCE = 1_000
"""Sales whose orders are looked up in one query."""


def order_ids(books: Books) -> Iterator[list[UUID]]:
    """Yield the ids of the sales' orders, in chunks."""
    for start in range(0, len(books.sales), AT_ONCE):
        yield list(patiently(partial(_orders_of, books.sales[start : start + AT_ONCE])).values())


def _orders_of(sales: Sequence[Sale]) -> dict[str, UUID]:
    references = [sale.reference for sale in sales]
    found = Order.objects.filter(reference__in=references).values_list("reference", "id")
    return {reference or "": order_id for reference, order_id in found}


def place_sales(books: Books, *, flow: str | None) -> int:
    """Place the sales that have no order yet, in their order; return their number.

    :raises OrderRefused: a product has been withdrawn since the catalogue was checked.
    """
    references = [buyer.reference for buyer in books.buyers]
    customers = Customer.objects.in_bulk(references, field_name="reference")
    placed = 0
    with watching(len(books.sales), "Placing") as shown:
        for start in range(0, len(books.sales), AT_ONCE):
            some = books.sales[start : start + AT_ONCE]
            known = patiently(partial(_orders_of, some))
            for place, sale in enumerate(some, start=start + 1):
                if sale.reference not in known:
                    _place(sale, customers[sale.buyer], flow)
                    placed += 1
                shown(place)
    return placed


def _place(sale: Sale, customer: Customer, flow: str | None) -> None:
    patiently(
        partial(
            import_order,
            customer=customer,
            lines=sale.lines,
            payment_method=sale.payment_method,
            flow=flow,
            reference=sale.reference,
            placed_at=sale.placed_at,
        )
    )


def cancel_sales(cancellations: Sequence[Cancellation]) -> tuple[list[UUID], Counter[Skip]]:
    """Request the cancellation of confirmed orders; return these orders, and what was skipped."""
    asked, skipped = [], Counter[Skip]()
    for cancellation in cancellations:
        order_id = patiently(partial(order_of, cancellation.sale))
        if patiently(partial(_cancel, order_id)):
            asked.append(order_id)
        else:
            skipped[Skip.NOT_CONFIRMED] += 1
    return asked, skipped


def order_of(reference: str) -> UUID:
    """Return the id of a sale's order."""
    return Order.objects.values_list("pk", flat=True).get(reference=reference)


def _cancel(order_id: UUID) -> bool:
    order = Order.objects.get(pk=order_id)
    if order.status == OrderStatus.CANCELLED:
        return order.reason_code == ReasonCode.CANCELLED_BY_CUSTOMER
    try:
        request_cancellation(order_id=order_id, reason_code=ReasonCode.CANCELLED_BY_CUSTOMER)
    except IllegalMove:
        return False
    return True


def write_off(write_offs: Sequence[WriteOff]) -> Counter[Skip]:
    """Write off lost units that are available; return what was skipped."""
    skipped = Counter[Skip]()
    for loss in write_offs:
        try:
            patiently(partial(change_stock, [_lost(loss)]))
        except StockRefused:
            skipped[Skip.BEYOND_STOCK] += 1
    return skipped


def _lost(loss: WriteOff) -> StockChange:
    return StockChange(loss.sku, -loss.units, MovementKind.WRITTEN_OFF, loss.reason, loss.reference)


def units_written_off(write_offs: Sequence[WriteOff]) -> int:
    """Return how many units of these write-offs are booked."""
    references = [loss.reference for loss in write_offs]
    booked = StockMovement.objects.filter(reference__in=references)
    return -sum(booked.values_list("on_hand_change", flat=True))
