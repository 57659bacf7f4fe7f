"""Whether a worker that handles many orders grows."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from statistics import linear_regression
from typing import Any

from tests.benchmarks import owed, workload
from tests.benchmarks.costs import memory_of_worker
from tests.benchmarks.crew import at_work
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.options import option, patience
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack, delivering

WARMING_UP = 0.2
"""The share of the orders that a worker may take to come to its size."""

FINAL = "SELECT count(*) FROM readmodels_ordersummary WHERE status IN ('confirmed', 'cancelled')"
PER = 10_000


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much is run."""

    orders: int = option(200_000, "in all")
    pause: float = option(2.0, "seconds between two looks")
    placers: int = option(2, "processes that place")
    patience: float = patience(3600.0, "all of it")


QUICK = Options(orders=200, pause=0.1)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Place many orders, and look at the worker's memory until all are final.

    :raises InvalidRun: they are not in time, or the audit found something.
    """
    at_work(stack, "tests.benchmarks.placing:open_shop", [()], seconds=60)
    orders = workload.plan(options.orders, seed=1)
    with stack.running(delivering()), ThreadPoolExecutor(1) as pool:
        placing = pool.submit(
            at_work,
            stack,
            "tests.benchmarks.placing:prepare",
            [([], share) for share in workload.shares(orders, options.placers)],
            seconds=options.patience,
        )
        looks = _looks(stack, placing, options)
    placing.result()
    stack.manage("audit", "--own-book", variables={"DJANGO_SETTINGS_MODULE": "config.settings"})
    grown = [look for look in looks if look[0] >= WARMING_UP * options.orders]
    if len({final for final, _ in grown}) < 2:
        raise InvalidRun("too few orders to see a worker grow")
    slope = linear_regression(*zip(*grown, strict=True)).slope
    say(f"{grown[0][1]:.0f} MB after {grown[0][0]} orders, {grown[-1][1]:.0f} MB at the end")
    return [
        Figure(
            name=f"growth of the worker per {PER:,} orders",
            unit="MB",
            ours=[slope * PER],
            baseline=[1.0],
            baseline_name=f"1 MB per {PER:,} orders",
            bar=1,
            less_is_better=True,
        )
    ]


def _looks(stack: Stack, placing: Future[Any], options: Options) -> list[tuple[int, float]]:
    """Return pairs of final orders and megabytes, until nothing is owed."""
    until = time.monotonic() + options.patience
    looks = []
    while not (placing.done() and owed.is_settled(stack)):
        if time.monotonic() > until:
            raise InvalidRun(f"the orders are not final within {options.patience:.0f} seconds")
        looks.append(_look(stack))
        time.sleep(options.pause)
    return [*looks, _look(stack)]


def _look(stack: Stack) -> tuple[int, float]:
    return int(stack.ask(FINAL)), memory_of_worker(stack)
