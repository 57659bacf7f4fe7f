"""The dashboard's page, 50 orders of one customer, newest first: in SQL and over HTTP."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection

from config.demo.stack.application import application
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.stack import Stack
from tests.ports import free_port

ROWS = 50
HOST = "127.0.0.1"

READ_MODEL = f"""
SELECT s.order_id, s.customer_id, c.name, s.item_count, s.amount, s.currency, s.status,
       s.reason_code, s.backorder_of, s.placed_at, s.confirmed_at, s.cancelled_at
FROM readmodels_ordersummary s JOIN orders_customer c ON c.id = s.customer_id
WHERE s.customer_id = %s
ORDER BY placed_at DESC, order_id DESC LIMIT {ROWS}
"""  # noqa: S608 - our own text

# What the tables of the contexts are asked where there is no read model. The page is cut before the
# other tables are joined, and the order's has the index for it: nobody could ask more cheaply.
INDEX_OF_JOIN = "CREATE INDEX ON orders_order (customer_id, placed_at DESC, id DESC)"
JOIN = f"""
SELECT o.id, o.customer_id, c.name, o.units, o.amount, o.currency, o.status, o.reason_code,
       o.placed_at, o.confirmed_at, o.cancelled_at, p.needs_attention, o.held
FROM (
    SELECT page.*, sum(l.quantity) AS units, sum(r.quantity) AS held
    FROM (SELECT * FROM orders_order WHERE customer_id = %s
          ORDER BY placed_at DESC, id DESC LIMIT {ROWS}) AS page
    JOIN orders_orderline l ON l.order_id = page.id
    LEFT JOIN inventory_reservation r ON r.order_id = page.id AND r.sku = l.sku
    GROUP BY {{columns}}
) AS o
JOIN orders_customer c ON c.id = o.customer_id
LEFT JOIN payments_payment p ON p.order_id = o.id
ORDER BY o.placed_at DESC, o.id DESC
"""  # noqa: S608 - likewise


def join(stack: Stack) -> str:
    """Return the five-table join, grouped by every column that the order's table has."""
    query = (
        "SELECT string_agg('page.' || quote_ident(attname), ', ') FROM pg_attribute"
        " WHERE attrelid = 'orders_order'::regclass AND attnum > 0 AND NOT attisdropped"
    )
    return JOIN.format(columns=stack.ask(query))


def in_sql(stack: Stack, query: str, customers: Sequence[str]) -> float:
    """Read a page of each customer through the raw driver; return the pages per second."""
    begun = time.perf_counter()
    for customer in customers:
        rows = stack.database.execute(query, [customer], prepare=True).fetchall()
        if len(rows) != ROWS:
            raise InvalidRun(f"a page has {len(rows)} rows")
    return len(customers) / (time.perf_counter() - begun)


@dataclass(frozen=True)
class Site:
    """A web server, and a token that opens both pages."""

    port: int
    token: str

    def read(self, address: str, customers: Sequence[str]) -> float:
        """Ask for a page of each customer on one kept connection; return the pages per second.

        :raises InvalidRun: an answer is no page.
        """
        headers = {"Authorization": f"Bearer {self.token}"}
        with closing(HTTPConnection(HOST, self.port, timeout=30)) as connection:
            connection.connect()
            begun = time.perf_counter()
            for customer in customers:
                connection.request("GET", f"{address}?customer={customer}", headers=headers)
                answer = connection.getresponse()
                content = answer.read()
                if answer.status != 200:
                    raise InvalidRun(f"{address} was answered with {answer.status}: {content!r}")
            return len(customers) / (time.perf_counter() - begun)


@contextmanager
def serving(stack: Stack) -> Iterator[int]:
    """Run the web server with both pages; yield its port."""
    port = free_port()
    settings = {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.reading.settings"}
    programs = application(settings, address=f"{HOST}:{port}")
    with stack.running(each for each in programs if each.name == "web"):
        stack.wait_until(lambda: _answers(port), seconds=60, what="The web server does not answer")
        yield port


def _answers(port: int) -> bool:
    with closing(HTTPConnection(HOST, port, timeout=5)) as connection:
        try:
            connection.request("GET", "/api/v1/orders")
            return connection.getresponse().status == 401
        except OSError:
            return False
