"""The wishes of the file, put to the services: sales, cancellations, write-offs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from config.demo.replay.books import Books, Cancellation, Sale, Skip, WriteOff
from config.demo.replay.patience import patiently
from config.demo.replay.progress import watched
from inventory.models import MovementKind, StockMovement, StockRefused
from inventory.services.stock_taking import StockChange, change_stock
from orders.models import Customer, IllegalMove, Order, OrderStatus, ReasonCode
from orders.services import place_order, request_cancellation


def orders_of(sales: Sequence[Sale]) -> dict[str, UUID]:
    """Return the orders that these sales have become, by reference."""
    references = [sale.reference for sale in sales]
    found = Order.objects.filter(reference__in=references).values_list("reference", "id")
    return {reference or "": order_id for reference, order_id in found}


def place_sales(books: Books, *, flow: str | None) -> int:
    """Place the sales that are not orders yet, in their order; return how many those were.

    :raises OrderRefused: a product has been withdrawn since the catalogue was checked.
    """
    known = patiently(partial(orders_of, books.sales))
    references = [buyer.reference for buyer in books.buyers]
    customers = Customer.objects.in_bulk(references, field_name="reference")
    due = [sale for sale in books.sales if sale.reference not in known]
    for sale in watched(due, "Placing"):
        patiently(
            partial(
                place_order,
                customer=customers[sale.buyer],
                lines=sale.lines,
                payment_method=sale.payment_method,
                flow=flow,
                reference=sale.reference,
                placed_at=sale.placed_at,
            )
        )
    return len(due)


def cancel_sales(
    cancellations: Sequence[Cancellation], orders: Mapping[str, UUID]
) -> tuple[list[UUID], Counter[Skip]]:
    """Ask for the cancellation of confirmed orders; return those that were or are cancelled so."""
    asked, skipped = [], Counter[Skip]()
    for cancellation in cancellations:
        order_id = orders[cancellation.sale]
        if patiently(partial(_cancel, order_id)):
            asked.append(order_id)
        else:
            skipped[Skip.NOT_CONFIRMED] += 1
    return asked, skipped


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
    """Book lost units, as far as they are available."""
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
    """Return how many units of these are in the books."""
    references = [loss.reference for loss in write_offs]
    booked = StockMovement.objects.filter(reference__in=references)
    return -sum(booked.values_list("on_hand_change", flat=True))
