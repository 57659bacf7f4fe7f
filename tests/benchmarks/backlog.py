"""What has piled up: how fast it is drained, and what a claim takes beside an old snapshot."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import psycopg

from config.stack.application import application
from config.stack.programs import Program
from tests.benchmarks import workload
from tests.benchmarks.crew import at_work
from tests.benchmarks.laps import OWED
from tests.benchmarks.messaging.effects import TABLE
from tests.benchmarks.options import option, patience
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack

SETTINGS = "tests.benchmarks.messaging.ours.settings"
SMALL = 20_000
"""Deliveries of a backlog that no figure depends on."""

CLAIMED = 20_000
"""Deliveries that are claimed with a stop-watch."""

# One conversation per message; ids and times are in the order of the numbers.
_PILE_UP = """
WITH piled AS (
    SELECT n, gen_random_uuid() AS conversation, gen_random_uuid() AS id
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
), begun AS (
    INSERT INTO outbox_conversation (id, sequence) SELECT conversation, 1 FROM piled
), logged AS (
    INSERT INTO outbox_message (id, aggregatetype, aggregateid, sequence, type, version, payload,
                                flow, traceparent, recorded_at)
    SELECT id, 'ours', conversation, 1, 'Counted', 1, jsonb_build_object('number', n), '', '', now()
    FROM piled
)
INSERT INTO outbox_delivery (message_id, subscriber, correlation_id, sequence, status, attempts,
                             due_at, error, error_type, traceback)
SELECT id, 'counter', conversation, 1, 'owed', 0, now(), '', '', '' FROM piled ORDER BY n
"""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much piles up."""

    deliveries: int = option(1_000_000, "owed deliveries")
    orders: int = option(2000, "orders")
    rounds: int = option(1, "of each part")
    patience: float = patience(900.0, "a part")


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Drain orders with and without follow-up, then deliveries, then claim beside a snapshot.

    :raises InvalidRun: a backlog was not drained in time.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    stack.database.execute(TABLE)
    at_work(stack, "tests.benchmarks.placing:open_shop", [()], seconds=60)
    followed, hop_by_hop = [], []
    small, large = [], []
    for number in range(1, options.rounds + 1):
        followed.append(_orders(stack, options, follow_up="1", seed=number))
        hop_by_hop.append(_orders(stack, options, follow_up="0", seed=number))
        say(f"round {number}: {followed[-1]:.0f} and {hop_by_hop[-1]:.0f} orders/s")
        small.append(_deliveries(stack, SMALL, options))
        large.append(_deliveries(stack, options.deliveries, options))
        say(f"round {number}: {small[-1]:.0f} and {large[-1]:.0f} deliveries/s")
    stack.database.execute("VACUUM (ANALYZE) outbox_delivery")
    undisturbed = _claims(stack, options)
    with _old_snapshot():
        beside_a_snapshot = _claims(stack, options)
    return [
        Figure(
            name="orders per second, drained",
            unit="orders/s",
            ours=followed,
            baseline=hop_by_hop,
            baseline_name="OUTBOX_FOLLOW_UP=0",
        ),
        Figure(
            name=f"deliveries per second, {options.deliveries:,} drained",
            unit="deliveries/s",
            ours=large,
            baseline=small,
            baseline_name=f"{SMALL:,} drained",
        ),
        Figure(
            name=f"a claim after {CLAIMED:,} deliveries, beside an old snapshot",
            unit="ms",
            ours=[beside_a_snapshot],
            baseline=[undisturbed],
            baseline_name="without it",
            less_is_better=True,
        ),
    ]


def _orders(stack: Stack, options: Options, *, follow_up: str, seed: int) -> float:
    """Let orders pile up while no worker runs; return how many a second then become final."""
    orders = workload.plan(options.orders, seed=seed)
    at_work(stack, "tests.benchmarks.placing:prepare", [((), orders)], seconds=options.patience)
    return options.orders / _drained(stack, options, OUTBOX_FOLLOW_UP=follow_up)


def _deliveries(stack: Stack, count: int, options: Options) -> float:
    _pile_up(stack, count)
    return count / _drained(stack, options)


def _drained(stack: Stack, options: Options, **variables: str) -> float:
    """Run workers; return the seconds from the first delivery that they settle to the last."""
    owed = int(stack.ask("SELECT count(*) FROM outbox_delivery WHERE status = 'owed'"))

    def begun() -> bool:
        query = "SELECT count(*) FROM outbox_delivery WHERE status = 'owed' AND claim IS NULL"
        return int(stack.ask(query)) < owed

    with stack.running(_workers(variables)):
        stack.wait_until(begun, seconds=options.patience, what="Nothing is delivered")
        since = time.monotonic()
        what = "The backlog is not drained"
        stack.wait_until(lambda: not stack.ask(OWED), seconds=options.patience, what=what)
        return time.monotonic() - since


def _claims(stack: Stack, options: Options) -> float:
    """Drain with one process; return the milliseconds of a claim in the last tenth."""
    _pile_up(stack, CLAIMED)
    job = "tests.benchmarks.claiming:prepare"
    (shift,) = at_work(stack, job, [("counter",)], seconds=options.patience)
    took: list[float] = shift.result
    return median(took[-max(len(took) // 10, 1) :]) * 1000


def _pile_up(stack: Stack, count: int) -> None:
    first = int(stack.ask("SELECT coalesce(max(number), 0) + 1 FROM effect"))
    stack.database.execute(_PILE_UP, {"first": first, "last": first + count - 1})


@contextmanager
def _old_snapshot() -> Iterator[None]:
    """Hold a snapshot open, so that nothing that dies from now on can be removed."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("SELECT count(*) FROM outbox_conversation")
        yield


def _workers(variables: dict[str, str]) -> list[Program]:
    settings = {"DJANGO_SETTINGS_MODULE": SETTINGS, **variables}
    return [each for each in application(settings, address="") if each.name != "web"]
