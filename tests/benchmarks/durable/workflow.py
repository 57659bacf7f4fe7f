"""The monolith's work as a DBOS workflow: a durable step for the payment, the goods and the end."""

import os
from collections.abc import Callable, Sequence
from threading import Semaphore
from uuid import UUID

from dbos import DBOS  # type: ignore[import-not-found]  # not installed where types are checked
from django.db import connection, transaction

from payments.gateways.port import gateway
from tests.benchmarks.monolith import services
from tests.benchmarks.monolith.models import Customer, Order, OrderLine, Payment, StockItem
from tests.benchmarks.workload import PlannedOrder

AT_ONCE = 4
"""Workflows under way in a process: of 1, 2, 4, 8 and 16 the fastest."""

_slots = Semaphore(AT_ONCE)

Lines = Sequence[tuple[str, int]]


@DBOS.workflow()  # type: ignore[untyped-decorator]  # likewise, and so below
def see_through(order_id: str, lines: Lines, payment_method: str) -> None:
    """Charge first, as our saga does; give the money back where the goods are not there."""
    try:
        if not charge(order_id, payment_method):
            conclude(order_id, "cancelled", "payment_declined")
        elif take(lines):
            conclude(order_id, "confirmed", "")
        else:
            refund(order_id)
            conclude(order_id, "cancelled", "out_of_stock")
    finally:
        _slots.release()


@DBOS.step()  # type: ignore[untyped-decorator]
def charge(order_id: str, payment_method: str) -> bool:
    order = Order.objects.get(pk=order_id)
    return services.charge(order, payment_method).status == services.SUCCEEDED


@DBOS.step()  # type: ignore[untyped-decorator]
@transaction.atomic
def take(lines: Lines) -> bool:
    taken = services.take([(sku, units) for sku, units in lines])
    StockItem.objects.bulk_update(taken, ["on_hand"])
    return bool(taken)


@DBOS.step()  # type: ignore[untyped-decorator]
def refund(order_id: str) -> None:
    payment = Payment.objects.select_related("order").get(order=order_id)
    gateway().refund(
        key=f"{order_id}:refund:1",
        amount=payment.amount,
        currency=payment.order.currency,
        reference=payment.gateway_reference,
    )


@DBOS.step()  # type: ignore[untyped-decorator]
@transaction.atomic
def conclude(order_id: str, status: str, reason_code: str) -> None:
    order = Order.objects.select_related("customer").get(pk=order_id)
    services.end(order, status, reason_code)
    services.enter_in_list(order, order.customer, list(OrderLine.objects.filter(order=order)))


def placer() -> Callable[[PlannedOrder], UUID]:
    """Return what records an order and starts its workflow, once one of ``AT_ONCE`` has ended."""
    DBOS(
        config={
            "name": "shop",
            "system_database_url": _address(),
            "executor_id": str(os.getpid()),
            "log_level": "ERROR",
        }
    )
    DBOS.launch()
    customers = list(Customer.objects.order_by("id"))

    def place(planned: PlannedOrder) -> UUID:
        _slots.acquire()
        with transaction.atomic():
            order, _ = services.record(customers[planned.customer], planned.lines)
        DBOS.start_workflow(see_through, str(order.id), planned.lines, planned.payment_method)
        return order.id

    return place


def _address() -> str:
    where = connection.settings_dict
    return f"postgresql+psycopg://{where['USER']}@/{where['NAME']}?host={where['HOST']}"


def prepare(
    warming_up: Sequence[PlannedOrder], orders: Sequence[PlannedOrder]
) -> Callable[[], None]:
    """Place the first orders now, and the others when called; all have ended then."""
    place = placer()

    def place_all(planned: Sequence[PlannedOrder]) -> None:
        for order in planned:
            place(order)
        for _ in range(AT_ONCE):
            _slots.acquire()
        _slots.release(AT_ONCE)

    place_all(warming_up)
    return lambda: place_all(orders)
