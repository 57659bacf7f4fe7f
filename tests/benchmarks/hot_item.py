"""Orders that all want the same goods, beside as many of which no two want the same."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks import owed, workload
from tests.benchmarks.crew import at_work
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.options import option, patience
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack, delivering

HOT = "HOT-1"
CONFIRMED = "SELECT count(*) FROM readmodels_ordersummary WHERE status = 'confirmed'"
RESERVED = "SELECT reserved FROM inventory_stockitem WHERE sku = %s"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much is run."""

    orders: int = option(2000, "orders per round")
    rounds: int = option(3, "hot and spread in turns")
    placers: int = option(2, "processes that place")
    patience: float = patience(300.0, "a round")


QUICK = Options(orders=20, rounds=1)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Place orders on one SKU and on as many SKUs as there are orders, in turns.

    :raises InvalidRun: an order was not confirmed, the hot item does not hold a unit for each of
        its orders, transactions deadlocked, or the audit found something.
    """
    spread = [f"OWN-{number}" for number in range(options.orders)]
    at_work(stack, "tests.benchmarks.placing:open_shop", [([HOT, *spread],)], seconds=60)
    ours, baseline = [], []
    with stack.running(delivering()):
        _run(stack, [HOT, *spread[:100]], 0, options)
        before = stack.ask(RESERVED, HOT)
        for number in range(1, options.rounds + 1):
            ours.append(_run(stack, [HOT] * options.orders, number, options))
            baseline.append(_run(stack, spread, number, options))
            say(f"round {number}: hot {ours[-1]:.0f}, spread {baseline[-1]:.0f} orders/s")
    if (held := stack.ask(RESERVED, HOT) - before) != options.orders * options.rounds:
        raise InvalidRun(f"the hot item holds {held} units, not one for each of its orders")
    if deadlocks := stack.ask(DEADLOCKS):
        raise InvalidRun(f"{deadlocks} transactions deadlocked")
    stack.manage("audit", "--own-book", variables={"DJANGO_SETTINGS_MODULE": "config.settings"})
    return [
        Figure(
            name="orders per second on one SKU, placed to final",
            unit="orders/s",
            ours=ours,
            baseline=baseline,
            baseline_name="no two orders want the same SKU",
            bar=0.5,
        )
    ]


def _run(stack: Stack, skus: Sequence[str], seed: int, options: Options) -> float:
    """Place one order of one unit for each of these, and return the orders per second."""
    orders = workload.one_unit_each(skus, seed=seed)
    confirmed = stack.ask(CONFIRMED)
    shifts = at_work(
        stack,
        "tests.benchmarks.placing:prepare",
        [([], share) for share in workload.shares(orders, options.placers)],
        seconds=options.patience,
    )
    owed.wait_until_settled(stack, seconds=options.patience, what="The orders are not final")
    ended = time.monotonic()
    if (final := stack.ask(CONFIRMED) - confirmed) != len(orders):
        raise InvalidRun(f"{final} of {len(orders)} orders were confirmed")
    return len(orders) / (ended - min(each.begun for each in shifts))
