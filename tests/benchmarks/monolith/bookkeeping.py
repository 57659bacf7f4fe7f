"""The one-transaction shop with the same books that this project keeps.

Still one transaction per order, and plain Django as a team would write it: rows that belong
together by ``bulk_create``, totals by ``UPDATE`` with ``F()``, in the order of their keys, and at
the end, since orders that share a row of totals wait for each other there.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import models
from django.db.models import F

from tests.benchmarks.monolith import placing
from tests.benchmarks.monolith.models import (
    Customer,
    CustomerStatistics,
    DailySales,
    MoneyAtRisk,
    Order,
    OrderDetail,
    OrderHistory,
    OrderLine,
    Payment,
    PaymentOperation,
    Reservation,
    StockLevel,
    StockMovement,
)

Lines = Sequence[OrderLine]

HISTORY = {
    "": {"placed": "pending", "paid": "pending", "reserved": "pending", "ended": "confirmed"},
    "payment_declined": {"placed": "pending", "declined": "pending", "ended": "cancelled"},
    "out_of_stock": {"placed": "pending", "refused": "pending", "ended": "cancelled"},
}
"""What happened to an order, and how it stood then, by the reason for which it was cancelled."""


def keep(order: Order, customer: Customer, lines: Lines, payment: Payment | None) -> None:
    """Enter how an order has ended in all books."""
    is_confirmed = order.status == "confirmed"
    if payment:
        _enter_in_ledger(payment)
    if is_confirmed:
        _reserve(order, lines)
    OrderHistory.objects.bulk_create(
        OrderHistory(order=order, cause=cause, status=status, at=order.ended_at or order.placed_at)
        for cause, status in HISTORY[order.reason_code].items()
    )
    _show(order, customer, lines, is_confirmed=is_confirmed)
    _count(order, customer, lines, is_confirmed=is_confirmed)


def _enter_in_ledger(payment: Payment) -> None:
    PaymentOperation.objects.create(
        payment=payment,
        kind="charge",
        sequence=1,
        idempotency_key=payment.idempotency_key,
        amount=payment.amount,
        outcome=payment.status,
        decline_code=payment.decline_code,
        gateway_reference=payment.gateway_reference,
        concluded_at=payment.order.ended_at,
    )


def _reserve(order: Order, lines: Lines) -> None:
    Reservation.objects.bulk_create(
        Reservation(order=order, sku=line.sku, quantity=line.quantity, status="committed")
        for line in lines
    )
    StockMovement.objects.bulk_create(
        StockMovement(
            order=order,
            sku=line.sku,
            kind="reserved",
            change=-line.quantity,
            reason="order",
            moved_at=order.ended_at,
        )
        for line in lines
    )


def _show(order: Order, customer: Customer, lines: Lines, *, is_confirmed: bool) -> None:
    """Insert the rows of the read models that have one per order."""
    OrderDetail.objects.create(
        order=order,
        customer_id=customer.id,
        customer_name=customer.name,
        item_count=sum(line.quantity for line in lines),
        amount=order.amount,
        currency=order.currency,
        status=order.status,
        reason_code=order.reason_code,
        payment_status="paid" if is_confirmed else "unpaid",
        stock_status="reserved" if is_confirmed else "unreserved",
        placed_at=order.placed_at,
        ended_at=order.ended_at,
        lines=[
            {
                "number": number,
                "sku": line.sku,
                "name": line.sku,
                "quantity": line.quantity,
                "returned": 0,
                "amount": line.amount,
            }
            for number, line in enumerate(lines, start=1)
        ],
        timeline=[
            {"at": (order.ended_at or order.placed_at).isoformat(), "event": cause}
            for cause in HISTORY[order.reason_code]
        ],
    )
    if is_confirmed:
        MoneyAtRisk.objects.create(
            order=order, currency=order.currency, captured=order.amount, is_confirmed=True
        )


def _count(order: Order, customer: Customer, lines: Lines, *, is_confirmed: bool) -> None:
    """Add to the totals."""
    _add(
        CustomerStatistics,
        {"customer_id": customer.id, "currency": order.currency},
        orders=1,
        standing=int(is_confirmed),
        cancelled=int(not is_confirmed),
        amount=order.amount if is_confirmed else 0,
    )
    if not is_confirmed:
        return
    in_order = sorted(lines, key=lambda line: line.sku)
    for line in in_order:
        key = {"day": order.placed_at.date(), "sku": line.sku, "currency": order.currency}
        _add(DailySales, key, orders=1, units=line.quantity, amount=line.amount)
    for line in in_order:
        _add(StockLevel, {"sku": line.sku}, reserved=line.quantity, bookings=1)


def _add(model: type[models.Model], key: dict[str, Any], **numbers: int) -> None:
    """Add to a row of totals; the first one that adds to it inserts it."""
    rows = model._default_manager.filter(**key)  # noqa: SLF001 - Django's documented Model._default_manager
    sums = {name: F(name) + number for name, number in numbers.items()}
    if not rows.update(**sums):
        model._default_manager.bulk_create([model(**key)], ignore_conflicts=True)  # noqa: SLF001 - likewise
        rows.update(**sums)


prepare = partial(placing.prepare, keep=keep)
