"""The monolith's side of the pipeline: its goods, and processes that place orders in it."""

from collections.abc import Callable, Sequence

from django.db import transaction

from tests.benchmarks.monolith.models import Customer, Product, StockItem
from tests.benchmarks.monolith.services import Keep, keep_nothing, place_order
from tests.benchmarks.workload import (
    CURRENCY,
    CUSTOMERS,
    EMPTY,
    ON_HAND,
    STOCKED,
    PlannedOrder,
    price_of,
)


def open_shop() -> Callable[[], None]:
    """Have customers, products and stock entered."""

    @transaction.atomic
    def enter() -> None:
        Customer.objects.bulk_create(
            Customer(name=f"Customer {number}") for number in range(CUSTOMERS)
        )
        Product.objects.bulk_create(
            Product(sku=sku, unit_price=price_of(sku), currency=CURRENCY) for sku in STOCKED + EMPTY
        )
        StockItem.objects.bulk_create(StockItem(sku=sku, on_hand=ON_HAND) for sku in STOCKED)

    return enter


def prepare(
    warming_up: Sequence[PlannedOrder],
    orders: Sequence[PlannedOrder],
    *,
    keep: Keep = keep_nothing,
) -> Callable[[], None]:
    """Place the first orders now, and the others when called.

    :param keep: enters each in further books.
    """
    customers = list(Customer.objects.order_by("id"))

    def place(planned: Sequence[PlannedOrder]) -> None:
        for order in planned:
            place_order(
                customer=customers[order.customer],
                lines=order.lines,
                payment_method=order.payment_method,
                keep=keep,
            )

    place(warming_up)
    return lambda: place(orders)
