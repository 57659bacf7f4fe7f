"""The pipeline after years: with millions of messages in the log, and while a snapshot is held."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg

from tests.benchmarks import workload
from tests.benchmarks.commits import keep_the_log
from tests.benchmarks.crew import at_work
from tests.benchmarks.laps import Lap, lap_of_ours
from tests.benchmarks.options import option, patience
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack, another_database

GROWN = "grown"
MESSAGES_PER_ORDER = 8
ORDERS_AT_ONCE = 5000
"""Orders whose rows one statement makes."""

# Ids are UUIDs of version 7 from 1970 on: like those of a table that has grown, they are in the
# order of time and before all that are made today.
_ORDERS = """
SELECT n, (lpad(to_hex(n), 12, '0') || '7000' || '8000' || left(md5(n::text), 12))::uuid AS id
FROM generate_series(%(first)s::int, %(last)s::int) AS n
"""
_MESSAGES = f"""
SELECT o.id AS conversation, k,
       (lpad(to_hex(o.n), 12, '0') || '7' || lpad(to_hex(k), 3, '0') || '8000'
        || left(md5(o.n || '-' || k), 12))::uuid AS id
FROM ({_ORDERS}) AS o CROSS JOIN generate_series(1, {MESSAGES_PER_ORDER}) AS k
"""  # noqa: S608 - our own text
_GROW = (
    f"""
INSERT INTO outbox_conversation (id, sequence) SELECT id, {MESSAGES_PER_ORDER} FROM ({_ORDERS}) AS o
""",  # noqa: S608 - likewise
    f"""
INSERT INTO outbox_message (id, aggregatetype, aggregateid, sequence, type, version, payload,
                            flow, subscribers, traceparent, recorded_at)
SELECT id, 'orders', conversation, k, 'OrderConfirmed', 1,
       jsonb_build_object('order_id', conversation,
                          'amount', 1250, 'currency', 'EUR', 'confirmed_at', now()),
       'charge_first', '{{sagas,order_detail,order_summary}}', '', now() - interval '10 days'
FROM ({_MESSAGES}) AS m
""",  # noqa: S608 - likewise
)
_TABLES = ("outbox_conversation", "outbox_message")


@dataclass(frozen=True, kw_only=True)
class Options:
    """How far the table has grown, and how much is run."""

    rows: int = option(10_000_000, "messages of settled orders, to the next whole order")
    orders: int = option(5000, "orders per lap")
    rounds: int = option(3, "empty and grown in turns")
    held: float = option(60.0, "seconds for which a snapshot is held")
    patience: float = patience(300.0, "a lap")


QUICK = Options(rows=800, orders=20, rounds=1, held=1.0)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Take laps with the empty and the grown table in turns, then laps beside an old snapshot.

    :raises InvalidRun: orders ended otherwise than planned, or not in time.
    """
    keep_the_log(stack)
    _open_shop(stack)
    empty: list[Lap] = []
    grown: list[Lap] = []
    beside_a_snapshot: list[Lap] = []
    with another_database(stack, GROWN) as full:
        keep_the_log(full)
        _open_shop(full)
        _grow(full, options.rows)
    for number in range(1, options.rounds + 1):
        empty.append(_lap(stack, options, number))
        say(f"round {number}: {_in_words(empty[-1])}, empty")
        with another_database(stack, GROWN) as full:
            grown.append(_lap(full, options, number))
        say(f"round {number}: {_in_words(grown[-1])}, grown")
    with psycopg.connect(os.environ["DATABASE_URL"]) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("SELECT count(*) FROM outbox_conversation")
        until = time.monotonic() + options.held
        while time.monotonic() < until:
            beside_a_snapshot.append(_lap(stack, options, len(beside_a_snapshot) + 1))
            say(f"{_in_words(beside_a_snapshot[-1])}, beside an old snapshot")
    with_rows = f"with {options.rows:,} messages of settled orders"
    with_snapshot = f"while a snapshot is held open for {options.held:.0f} s"
    return [
        *_beside(with_rows, grown, empty, "the empty table", bar=0.95),
        *_beside(with_snapshot, beside_a_snapshot, empty, "without it", bar=0.7),
    ]


def _beside(
    what: str, ours: Sequence[Lap], empty: Sequence[Lap], name: str, *, bar: float
) -> Iterator[Figure]:
    """Compare the pace, and the processor time, which others on the machine hardly change."""
    yield Figure(
        name=f"orders per second {what}",
        unit="orders/s",
        ours=[lap.orders_per_second for lap in ours],
        baseline=[lap.orders_per_second for lap in empty],
        baseline_name=name,
        bar=bar,
    )
    yield Figure(
        name=f"processor time per order {what}",
        unit="ms",
        ours=[lap.workers + lap.postgres for lap in ours],
        baseline=[lap.workers + lap.postgres for lap in empty],
        baseline_name=name,
        less_is_better=True,
    )


def _in_words(lap: Lap) -> str:
    spent = f"{lap.workers:.1f} ms in workers and {lap.postgres:.1f} ms in PostgreSQL per order"
    return f"{lap.orders_per_second:.0f} orders/s, {spent}"


def _lap(stack: Stack, options: Options, seed: int) -> Lap:
    orders = workload.plan(options.orders, seed=seed)
    return lap_of_ours(stack, orders, placers=2, seconds=options.patience)


def _open_shop(stack: Stack) -> None:
    at_work(stack, "tests.benchmarks.placing:open_shop", [()], seconds=60)


def _grow(stack: Stack, rows: int) -> None:
    orders = -(-rows // MESSAGES_PER_ORDER)
    for first in range(1, orders + 1, ORDERS_AT_ONCE):
        last = min(first + ORDERS_AT_ONCE - 1, orders)
        for statement in _GROW:
            stack.database.execute(statement, {"first": first, "last": last})
        if first // ORDERS_AT_ONCE % 20 == 0:
            say(f"{last * MESSAGES_PER_ORDER:,} of {rows:,} rows")
    for table in _TABLES:
        stack.database.execute(f"VACUUM (ANALYZE) {table}")
    stack.database.execute("CHECKPOINT")
