"""The use case as one transaction: what this project replaces.

Quick, and wrong when the process dies or the commit fails after the gateway was called: the money
is gone and nothing here knows of it. The gateway's answer also takes as long as the locks are held.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from django.db import transaction
from django.utils import timezone

from payments.gateways.port import Declined, Succeeded, gateway
from tests.benchmarks.monolith.models import (
    Customer,
    Order,
    OrderLine,
    OrderSummary,
    Payment,
    Product,
    StockItem,
)

SUCCEEDED = "succeeded"

Keep: TypeAlias = Callable[[Order, Customer, Sequence[OrderLine], Payment | None], None]
"""Enters in further books how an order has ended."""


def keep_nothing(
    _order: Order, _customer: Customer, _lines: Sequence[OrderLine], _payment: Payment | None
) -> None:
    """Keep no further books."""


@transaction.atomic
def place_order(
    *,
    customer: Customer,
    lines: Sequence[tuple[str, int]],
    payment_method: str,
    keep: Keep = keep_nothing,
) -> Order:
    """Place an order, charge it, take the goods and list it, or record why it was cancelled."""
    payment = None
    order, order_lines = record(customer, lines)
    if not (taken := take(lines)):
        end(order, "cancelled", "out_of_stock")
    elif (payment := charge(order, payment_method)).status == SUCCEEDED:
        StockItem.objects.bulk_update(taken, ["on_hand"])
        end(order, "confirmed")
    else:
        end(order, "cancelled", "payment_declined")
    enter_in_list(order, customer, order_lines)
    keep(order, customer, order_lines, payment)
    return order


def record(customer: Customer, lines: Sequence[tuple[str, int]]) -> tuple[Order, list[OrderLine]]:
    """Insert a pending order and its lines."""
    products = Product.objects.in_bulk([sku for sku, _ in lines])
    order_lines = [
        OrderLine(
            sku=sku,
            quantity=quantity,
            unit_price=products[sku].unit_price,
            amount=quantity * products[sku].unit_price,
        )
        for sku, quantity in lines
    ]
    order = Order.objects.create(
        customer=customer,
        amount=sum(line.amount for line in order_lines),
        currency=products[lines[0][0]].currency,
        placed_at=timezone.now(),
    )
    for line in order_lines:
        line.order = order
    OrderLine.objects.bulk_create(order_lines)
    return order, order_lines


def take(lines: Sequence[tuple[str, int]]) -> list[StockItem]:
    """Lock the stock in SKU order and subtract, unsaved; empty when some of it is missing."""
    quantity_of = dict(lines)
    items = list(StockItem.objects.select_for_update().filter(sku__in=quantity_of).order_by("sku"))
    for item in items:
        item.on_hand -= quantity_of[item.sku]
    enough = len(items) == len(quantity_of) and all(item.on_hand >= 0 for item in items)
    return items if enough else []


def charge(order: Order, payment_method: str) -> Payment:
    """Have the order paid, and enter what the gateway says."""
    key = f"{order.id}:charge:1"
    result = gateway().charge(
        key=key,
        amount=order.amount,
        currency=order.currency,
        payment_method=payment_method,
        order_id=str(order.id),
    )
    return Payment.objects.create(
        order=order,
        idempotency_key=key,
        amount=order.amount,
        status=SUCCEEDED if isinstance(result, Succeeded) else "declined",
        decline_code=result.code if isinstance(result, Declined) else "",
        gateway_reference=result.reference if isinstance(result, Succeeded) else "",
    )


def end(order: Order, status: str, reason_code: str = "") -> None:
    """Write down how the order has ended."""
    order.status, order.reason_code, order.ended_at = status, reason_code, timezone.now()
    order.save(update_fields=["status", "reason_code", "ended_at"])


def enter_in_list(order: Order, customer: Customer, order_lines: Sequence[OrderLine]) -> None:
    """Insert the order's row of the read model."""
    OrderSummary.objects.create(
        order=order,
        customer_id=customer.id,
        customer_name=customer.name,
        item_count=sum(line.quantity for line in order_lines),
        amount=order.amount,
        currency=order.currency,
        status=order.status,
        reason_code=order.reason_code,
        placed_at=order.placed_at,
        ended_at=order.ended_at,
    )
