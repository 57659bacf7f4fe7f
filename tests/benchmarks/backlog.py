"""What has piled up: how fast it is drained, and what a claim takes beside an old snapshot."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import psycopg

from tests.benchmarks import owed, workload
from tests.benchmarks.crew import at_work
from tests.benchmarks.messaging.effects import TABLE
from tests.benchmarks.options import option, patience
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack, delivering

SETTINGS = "tests.benchmarks.messaging.ours.settings"
SMALL = 0.02
"""The share of the messages that make a small backlog."""

SAGAS = "SELECT count(*) FROM sagas_sagainstance"
COUNTED = "SELECT EXISTS (SELECT FROM effect WHERE number >= %s)"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much piles up."""

    messages: int = option(1_000_000, "owed messages")
    orders: int = option(2000, "orders")
    claimed: int = option(20_000, "messages that are claimed with a stop-watch")
    rounds: int = option(1, "of each part")
    patience: float = patience(900.0, "a part")


QUICK = Options(messages=1000, orders=20, claimed=400)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Drain orders with and without follow-up, then messages, then claim beside a snapshot.

    :raises InvalidRun: a backlog was not drained in time.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    stack.database.execute(TABLE)
    at_work(stack, "tests.benchmarks.placing:open_shop", [()], seconds=60)
    few = max(round(options.messages * SMALL), 1)
    followed, hop_by_hop = [], []
    small, large = [], []
    for number in range(1, options.rounds + 1):
        followed.append(_orders(stack, options, follow_up="1", seed=number))
        hop_by_hop.append(_orders(stack, options, follow_up="0", seed=number))
        say(f"round {number}: {followed[-1]:.0f} and {hop_by_hop[-1]:.0f} orders/s")
        small.append(_messages(stack, few, options))
        large.append(_messages(stack, options.messages, options))
        say(f"round {number}: {small[-1]:.0f} and {large[-1]:.0f} messages/s")
    owed.vacuum(stack)
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
            name=f"messages per second, {options.messages:,} drained",
            unit="messages/s",
            ours=large,
            baseline=small,
            baseline_name=f"{few:,} drained",
        ),
        Figure(
            name=f"a claim after {options.claimed:,} messages, beside an old snapshot",
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
    sagas = stack.ask(SAGAS)
    return options.orders / _drained(
        stack, lambda: stack.ask(SAGAS) > sagas, options, OUTBOX_FOLLOW_UP=follow_up
    )


def _messages(stack: Stack, count: int, options: Options) -> float:
    first = owed.pile_up(stack, count)
    return count / _drained(stack, lambda: stack.ask(COUNTED, first), options)


def _drained(
    stack: Stack, has_begun: Callable[[], bool], options: Options, **variables: str
) -> float:
    """Run workers; return the seconds from the first thing that is done to the last."""
    with stack.running(delivering(SETTINGS, variables=variables)):
        stack.wait_until(has_begun, seconds=options.patience, what="Nothing is delivered")
        since = time.monotonic()
        what = "The backlog is not drained"
        owed.wait_until_settled(stack, seconds=options.patience, what=what)
        return time.monotonic() - since


def _claims(stack: Stack, options: Options) -> float:
    """Drain with one process; return the milliseconds of a claim in the last tenth."""
    owed.pile_up(stack, options.claimed)
    job = "tests.benchmarks.claiming:prepare"
    (shift,) = at_work(stack, job, [("counter",)], seconds=options.patience)
    took: list[float] = shift.result
    return median(took[-max(len(took) // 10, 1) :]) * 1000


@contextmanager
def _old_snapshot() -> Iterator[None]:
    """Hold a snapshot open, so that nothing that dies from now on can be removed."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("SELECT count(*) FROM outbox_conversation")
        yield
