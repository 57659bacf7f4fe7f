"""A shop with a long past: one order that went through, copied by SQL as often as is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tests.benchmarks import owed, workload
from tests.benchmarks.crew import at_work
from tests.benchmarks.report import say
from tests.benchmarks.stack import Stack, delivering

ORDERS_PER_CUSTOMER = 200
COPIES_AT_ONCE = 10_000

# The n-th copy: ids in the order of time, as they would be, and a minute from each to the next.
_COPIES = """
SELECT n, (lpad(to_hex(n), 12, '0') || '7000' || '8000' || left(md5(n::text), 12))::uuid AS id,
       md5('customer ' || n %% %(customers)s::int)::uuid AS customer,
       now() - make_interval(mins => %(orders)s::int - n) AS at
FROM generate_series(%(first)s::int, %(last)s::int) AS n
"""
_COPY = """
INSERT INTO {table} SELECT copied.*
FROM {table} AS original CROSS JOIN ({copies}) AS copy
CROSS JOIN LATERAL jsonb_populate_record(original, jsonb_build_object({changes})) AS copied
WHERE original.{order} = %(original)s ORDER BY copy.n
"""
_CUSTOMERS = """
INSERT INTO orders_customer SELECT copied.*
FROM orders_customer AS original CROSS JOIN generate_series(0, %(customers)s::int - 1) AS n
CROSS JOIN LATERAL jsonb_populate_record(original, jsonb_build_object(
    'id', md5('customer ' || n)::uuid, 'reference', 'copy ' || n)) AS copied
WHERE original.reference = '000'
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Table:
    """A table, the column that names the order, and what differs from copy to copy."""

    name: str
    order: str
    changes: str

    def statement(self) -> str:
        return _COPY.format(table=self.name, order=self.order, changes=self.changes, copies=_COPIES)


WRITE_MODEL = (
    Table(
        "orders_order",
        "id",
        "'id', copy.id, 'customer_id', copy.customer, 'placed_at', copy.at, 'number', ''",
    ),
    Table(
        "orders_orderline",
        "order_id",
        "'id', nextval(pg_get_serial_sequence('orders_orderline', 'id')), 'order_id', copy.id",
    ),
    Table("payments_payment", "order_id", "'id', copy.id, 'order_id', copy.id"),
    Table(
        "inventory_reservation",
        "order_id",
        "'id', nextval(pg_get_serial_sequence('inventory_reservation', 'id')), 'order_id', copy.id",
    ),
)
READ_MODEL = (
    Table(
        "readmodels_ordersummary",
        "order_id",
        "'order_id', copy.id, 'customer_id', copy.customer, 'placed_at', copy.at",
    ),
)
LOG = (
    Table("outbox_conversation", "id", "'id', copy.id"),
    Table(
        "outbox_message",
        "aggregateid",
        "'id', md5(copy.n || ' ' || original.sequence)::uuid, 'aggregateid', copy.id,"
        " 'payload', original.payload || jsonb_build_object('order_id', copy.id)",
    ),
)


def order_of_two_lines(stack: Stack) -> UUID:
    """Open a shop, let an order of two lines go through, and return its id.

    :raises InvalidRun: it is not final in time.
    """
    at_work(stack, "tests.benchmarks.placing:open_shop", [()], seconds=60)
    order = workload.PlannedOrder(
        customer=0,
        lines=((workload.STOCKED[0], 1), (workload.STOCKED[1], 2)),
        payment_method=workload.GOOD_CARDS[0],
        outcome=workload.CONFIRMED,
    )
    at_work(stack, "tests.benchmarks.placing:prepare", [((), [order])], seconds=60)
    with stack.running(delivering()):
        owed.wait_until_settled(stack, seconds=300, what="The order is not final")
    return UUID(str(stack.ask("SELECT id FROM orders_order")))


def copy_order(stack: Stack, original: UUID, orders: int, tables: Sequence[Table]) -> None:
    """Copy all rows of an order in these tables; vacuum and analyse them."""
    amounts = {
        "original": original,
        "orders": orders,
        "customers": max(orders // ORDERS_PER_CUSTOMER, 1),
    }
    # What foreign keys and triggers would ask is true of every copy.
    stack.database.execute("SET session_replication_role = replica")
    stack.database.execute(_CUSTOMERS, amounts)
    for first in range(1, orders + 1, COPIES_AT_ONCE):
        last = min(first + COPIES_AT_ONCE - 1, orders)
        for table in tables:
            stack.database.execute(table.statement(), {**amounts, "first": first, "last": last})
        if first // COPIES_AT_ONCE % 10 == 0:
            say(f"{last:,} of {orders:,} orders are there")
    stack.database.execute("SET session_replication_role = DEFAULT")
    for table in tables:
        stack.database.execute(f"VACUUM (ANALYZE) {table.name}")
