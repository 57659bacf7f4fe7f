"""A dashboard's page from the read model beside the same from the write model, in SQL and HTTP."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from tests.benchmarks import owed
from tests.benchmarks.copies import LOG, READ_MODEL, WRITE_MODEL, copy_order, order_of_two_lines
from tests.benchmarks.crew import at_work
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.options import option
from tests.benchmarks.reading import pages
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack

CUSTOMERS = """
SELECT customer_id::text FROM readmodels_ordersummary GROUP BY 1 HAVING count(*) >= %s
"""
HEARD = ["OrderPlaced", "OrderConfirmed"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """How large the tables are, and how much is read and folded per round."""

    rows: int = option(1_000_000, "orders in the read model and in the tables that are joined")
    pages: int = option(500, "read a round")
    messages: int = option(40_000, "folded a round")
    rounds: int = option(3, "of each")


QUICK = Options(rows=400, pages=20, messages=400, rounds=1)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Read pages of customers drawn by lot, in turns; then let the projection fold a backlog.

    :raises InvalidRun: a page lacks rows, or the projection has left something out.
    """
    original = order_of_two_lines(stack)
    folded = [_folded(stack, original, options) for _ in range(options.rounds)]
    copy_order(stack, original, options.rows, (*WRITE_MODEL, *READ_MODEL))
    stack.database.execute(pages.INDEX_OF_JOIN)
    stack.database.execute("VACUUM (ANALYZE) orders_order")
    drawn = _lots(stack, options)
    join = pages.join(stack)
    in_sql, joined, served, plain = [], [], [], []
    (admitted,) = at_work(stack, "tests.benchmarks.reading.staff:prepare", [()], seconds=60)
    with pages.serving(stack) as port:
        site = pages.Site(port, admitted.result)
        for number in range(options.rounds + 1):
            customers = next(drawn)
            in_sql.append(pages.in_sql(stack, pages.READ_MODEL, customers))
            joined.append(pages.in_sql(stack, join, customers))
            served.append(site.read("/api/v1/orders", customers))
            plain.append(site.read("/plain/orders", customers))
            say(f"round {number}: {in_sql[-1]:.0f} and {joined[-1]:.0f} pages/s in SQL")
            say(f"round {number}: {served[-1]:.0f} and {plain[-1]:.0f} pages/s over HTTP")
    # The first round has filled the caches.
    return [
        Figure(
            name=f"dashboard pages per second in SQL, {options.rows:,} rows",
            unit="pages/s",
            ours=in_sql[1:],
            baseline=joined[1:],
            baseline_name="five-table join on the write model",
            bar=6,
        ),
        Figure(
            name=f"dashboard pages per second over HTTP, {options.rows:,} rows",
            unit="pages/s",
            ours=served[1:],
            baseline=plain[1:],
            baseline_name="DRF ModelSerializer on the same rows",
            bar=1.6,
        ),
        Figure(
            name="messages per second that one process folds into a read model",
            unit="messages/s",
            ours=folded,
        ),
    ]


def _lots(stack: Stack, options: Options) -> Iterator[list[str]]:
    names = [name for (name,) in stack.database.execute(CUSTOMERS, [pages.ROWS]).fetchall()]
    if not names:
        raise InvalidRun(f"no customer has {pages.ROWS} orders: give more --rows")
    dice = random.Random(0)
    while True:
        yield dice.choices(names, k=options.pages)


def _folded(stack: Stack, original: UUID, options: Options) -> float:
    """Let a backlog be owed to the projection alone; return how many a second it takes in."""
    orders = options.messages // len(HEARD)
    copy_order(stack, original, orders, LOG)
    owed.owe_from_the_log(stack, "order_summary", HEARD, but=original)
    owed.vacuum(stack)
    job = "tests.benchmarks.claiming:prepare"
    (shift,) = at_work(stack, job, [("order_summary",)], seconds=600)
    if (rows := stack.ask("SELECT count(*) - 1 FROM readmodels_ordersummary")) != orders:
        raise InvalidRun(f"{rows} of {orders} rows were written")
    _forget_copies(stack, original)
    return orders * len(HEARD) / (shift.ended - shift.begun)


def _forget_copies(stack: Stack, original: UUID) -> None:
    owed.forget_all_but(stack, original)
    for table, order in (
        ("outbox_message", "aggregateid"),
        ("outbox_conversation", "id"),
        ("readmodels_ordersummary", "order_id"),
    ):
        stack.database.execute(f"DELETE FROM {table} WHERE {order} <> %s", [original])  # noqa: S608 - our own text
