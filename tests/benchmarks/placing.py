"""Our side of the pipeline: the shop's goods, and processes that place orders in it."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import transaction

from inventory.models import MovementKind
from inventory.services.stock_taking import StockChange, change_stock
from orders.models import Customer
from orders.pricing import NewLine
from orders.services import place_order
from orders.services.products import NewProduct, add_products
from tests.benchmarks.workload import (
    CURRENCY,
    CUSTOMERS,
    EMPTY,
    ON_HAND,
    STOCKED,
    PlannedOrder,
    price_of,
)


def open_shop(stocked: Sequence[str] = STOCKED) -> Callable[[], None]:
    """Have customers, products and stock entered."""

    @transaction.atomic
    def enter() -> None:
        Customer.objects.bulk_create(
            Customer(name=f"Customer {number}", reference=f"{number:03}")
            for number in range(CUSTOMERS)
        )
        add_products(NewProduct(sku, sku, price_of(sku), CURRENCY) for sku in (*stocked, *EMPTY))
        change_stock(
            [StockChange(sku, ON_HAND, MovementKind.RECEIVED, "opening") for sku in stocked]
        )

    return enter


def placer() -> Callable[[PlannedOrder], UUID]:
    """Return what places an order."""
    customers = list(Customer.objects.order_by("reference"))

    def place(planned: PlannedOrder) -> UUID:
        order = place_order(
            customer=customers[planned.customer],
            lines=[NewLine(sku, quantity) for sku, quantity in planned.lines],
            payment_method=planned.payment_method,
        )
        return order.id

    return place


def prepare(
    warming_up: Sequence[PlannedOrder], orders: Sequence[PlannedOrder]
) -> Callable[[], None]:
    """Place the first orders now, and the others when called."""
    place = placer()

    def place_all(planned: Sequence[PlannedOrder]) -> None:
        for order in planned:
            place(order)

    place_all(warming_up)
    return lambda: place_all(orders)
