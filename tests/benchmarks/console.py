"""Pages and searches of the operator's console beside a million orders: the slowest of twenty."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tests.benchmarks import owed
from tests.benchmarks.copies import (
    LOG,
    READ_MODEL,
    WRITE_MODEL,
    Table,
    copy_order,
    order_of_two_lines,
)
from tests.benchmarks.crew import at_work
from tests.benchmarks.options import option
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack

MOST_MILLISECONDS = 300.0
MOST_QUERIES = 150
MESSAGES_BEHIND = 3

# The ids of a copy's rows are the order's: so is that of what they belong to.
_OWN_IDS = """
UPDATE payments_paymentoperation o SET payment_id = p.order_id
FROM payments_payment p WHERE p.id = o.payment_id;
UPDATE payments_payment SET id = order_id;
UPDATE sagas_sagastep t SET saga_id = s.correlation_id
FROM sagas_sagainstance s WHERE s.id = t.saga_id;
UPDATE sagas_sagahistory h SET saga_id = s.correlation_id
FROM sagas_sagainstance s WHERE s.id = h.saga_id;
UPDATE sagas_sagainstance SET id = correlation_id
"""

MORE = (
    Table(
        "payments_paymentoperation",
        "payment_id",
        "'id', nextval(pg_get_serial_sequence('payments_paymentoperation', 'id')),"
        " 'payment_id', copy.id, 'gateway_reference', 'copy-' || copy.n,"
        " 'idempotency_key', copy.id || ':' || original.kind || ':' || original.sequence",
    ),
    Table("sagas_sagainstance", "id", "'id', copy.id, 'correlation_id', copy.id"),
    Table(
        "sagas_sagastep",
        "saga_id",
        "'id', nextval(pg_get_serial_sequence('sagas_sagastep', 'id')), 'saga_id', copy.id",
    ),
    Table(
        "readmodels_orderdetail",
        "order_id",
        "'order_id', copy.id, 'customer_id', copy.customer, 'placed_at', copy.at",
    ),
    Table(
        "inventory_stockmovement",
        "order_id",
        "'id', nextval(pg_get_serial_sequence('inventory_stockmovement', 'id')),"
        " 'order_id', copy.id",
    ),
)

_NAMED = """
UPDATE orders_customer SET name = 'Customer ' || left(id::text, 8),
       email = left(id::text, 8) || '@shop.example' WHERE reference LIKE 'copy %'
"""
_FAULT = "UPDATE outbox_lane SET fault = 'f00', place = 'tests.benchmarks' WHERE stopped"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How large the shop is, and how often each page is opened."""

    orders: int = option(1_000_000, "orders, with all their rows and about ten messages each")
    dead: int = option(20_000, "dead letters of one fault")
    looks: int = option(20, "at each page")


QUICK = Options(orders=400, dead=20, looks=2)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Copy an order, stop lanes, and open every kind of page and search."""
    original = order_of_two_lines(stack)
    stack.database.execute("SET session_replication_role = replica")
    stack.database.execute(_OWN_IDS)
    copy_order(stack, original, options.orders, (*WRITE_MODEL, *READ_MODEL, *MORE, *LOG))
    owed.stop_lanes(stack, options.dead, messages=MESSAGES_BEHIND)
    stack.database.execute(_NAMED)
    stack.database.execute(_FAULT)
    stack.database.execute("VACUUM (ANALYZE) orders_customer")
    owed.vacuum(stack)
    pages = _pages(stack, original)
    job = "tests.benchmarks.looking:prepare"
    (shift,) = at_work(stack, job, [(pages, options.looks)], seconds=1800)
    for name, (spent, queries) in shift.result.items():
        say(f"{name}: {_p95(spent):.0f} ms, {queries} queries")
    figures = [
        Figure(
            name=f"{name}, 95th percentile",
            unit="ms",
            ours=[_p95(spent)],
            bar=MOST_MILLISECONDS,
            bar_on="ours",
            less_is_better=True,
        )
        for name, (spent, _) in shift.result.items()
    ]
    most = max(queries for _, queries in shift.result.values())
    return [
        *figures,
        Figure(
            name="queries of the page that asks most",
            unit="queries",
            ours=[most],
            bar=MOST_QUERIES,
            bar_on="ours",
            less_is_better=True,
        ),
    ]


def _pages(stack: Stack, original: UUID) -> dict[str, str]:
    """Return the address of each kind of page and search."""
    number = stack.ask("SELECT number FROM orders_order WHERE id = %s", original)
    copy = stack.ask("SELECT id FROM orders_order WHERE number = '' ORDER BY id DESC LIMIT 1")
    email = stack.ask("SELECT email FROM orders_customer WHERE email <> '' LIMIT 1")
    message = stack.ask("SELECT id FROM outbox_message WHERE aggregateid = %s LIMIT 1", original)
    lane = stack.ask("SELECT min(id) FROM outbox_lane WHERE stopped")
    search = "/admin/search-all/?q="
    return {
        "first page": "/admin/",
        "first page, last week": "/admin/?span=week",
        "needs attention": "/admin/attention/",
        "search: number": f"{search}{number}",
        "search: beginning of an id": f"{search}{str(copy)[:12]}",
        "search: e-mail": f"{search}{email}",
        "search: name": f"{search}customer",
        "search: gateway reference": f"{search}copy-7",
        "search: nothing": f"{search}nothing-like-it",
        "orders": "/admin/orders/order/",
        "orders, last page counted": "/admin/orders/order/?p=99",
        "orders: status": "/admin/orders/order/?status__exact=confirmed",
        "orders: status that none has": "/admin/orders/order/?status__exact=cancelling",
        "orders: status that few have": "/admin/orders/order/?status__exact=cancelled",
        "orders: needs attention": "/admin/orders/order/?needs_attention__exact=1",
        "orders: name": "/admin/orders/order/?q=customer",
        "order": f"/admin/orders/order/{original}/change/",
        "timeline": f"/admin/timeline/{original}/",
        "act on an order": f"/admin/orders/order/{original}/cancel/",
        "customers": "/admin/orders/customer/",
        "sagas": "/admin/sagas/sagainstance/",
        "sagas: status": "/admin/sagas/sagainstance/?status__exact=completed",
        "sagas: status that none has": "/admin/sagas/sagainstance/?status__exact=compensated",
        "saga": f"/admin/sagas/sagainstance/{original}/change/",
        "payments": "/admin/payments/payment/",
        "payment": f"/admin/payments/payment/{original}/change/",
        "stock": "/admin/inventory/stockitem/",
        "stock movements": "/admin/inventory/stockmovement/",
        "reservations": "/admin/inventory/reservation/",
        "order summaries": "/admin/readmodels/ordersummary/",
        "order summaries: status": "/admin/readmodels/ordersummary/?status=confirmed",
        "order summaries: status that none has": "/admin/readmodels/ordersummary/?status=cancelled",
        "order details": f"/admin/readmodels/orderdetail/{original}/change/",
        "read models": "/admin/readmodels/rebuild/",
        "errors": "/admin/errors/",
        "error": "/admin/errors/f00/",
        "redrive, preview": "/admin/outbox/redrive/begin/?fault=f00",
        "dead letters": "/admin/outbox/deadletter/",
        "dead letters: subscriber": "/admin/outbox/deadletter/?subscriber=counter",
        "dead letter": f"/admin/outbox/deadletter/{lane}/change/",
        "lanes": "/admin/outbox/lane/",
        "messages": "/admin/outbox/message/",
        "messages of an order": f"/admin/outbox/message/?q={original}",
        "message": f"/admin/outbox/message/{message}/change/",
        "operators' acts": "/admin/outbox/operatoract/",
    }


def _p95(spent: Sequence[float]) -> float:
    return sorted(spent)[math.ceil(0.95 * len(spent)) - 1]
