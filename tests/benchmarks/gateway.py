"""A gateway that takes its time, and one that was away: counted in the gateway's own book."""

import os
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.stack.application import FEWEST_WORKERS
from tests.benchmarks import workload
from tests.benchmarks.crew import at_work
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.report import Figure
from tests.benchmarks.stack import Stack, delivering

OWED = "SELECT EXISTS (SELECT FROM outbox_delivery WHERE status = 'owed')"
CONFIRMED = "SELECT count(*) FROM readmodels_ordersummary WHERE status = 'confirmed'"
CHARGED = "SELECT made_at FROM entry WHERE kind = 'charge' AND made_at >= ? ORDER BY made_at"

WARMING_UP = 50


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much is run. ``delay`` is a call's seconds, ``outage`` those the gateway is away."""

    orders: int
    delay: float
    outage: float
    seconds: float


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Pay for a backlog of orders at a slow gateway; then for one that an outage has left.

    :raises InvalidRun: an order was not confirmed in time, or the audit found something.
    """
    os.environ["SANDBOX_DELAY_SECONDS"] = str(options.delay)
    processes = max(os.cpu_count() or 1, FEWEST_WORKERS)
    capacity = processes * int(os.environ.get("GATEWAY_CALLS_AT_ONCE", "16")) / options.delay
    at_work(stack, "tests.benchmarks.placing:open_shop", [()], seconds=60)
    with stack.running(delivering()):
        _place(stack, WARMING_UP, seed=0)
        _finish(stack, WARMING_UP, options)

    began = _place(stack, options.orders, seed=1)
    with stack.running(delivering()):
        _finish(stack, WARMING_UP + options.orders, options)
    slow = _charged(began)

    with stack.running(delivering()), _away():
        _place(stack, options.orders, seed=2)
        time.sleep(options.outage)
        returned = time.time()
        _return()
        _finish(stack, WARMING_UP + 2 * options.orders, options)
    after = _charged(returned)
    sys.stderr.write(f"charges in each second after the return: {_per_second(after, returned)}\n")
    stack.manage("audit", "--own-book", variables={"DJANGO_SETTINGS_MODULE": "config.settings"})
    return [
        Figure(
            name=f"orders per second at a gateway that takes {options.delay * 1000:.0f} ms",
            unit="orders/s",
            ours=[(len(slow) - 1) / (slow[-1] - slow[0])],
            baseline=[capacity],
            baseline_name="calls at once in all processes, divided by the time of one",
            bar=0.8,
        ),
        Figure(
            name=f"charges in the busiest second after {options.outage:.0f} s away",
            unit="charges/s",
            ours=[max(_per_second(after, returned).values())],
            baseline=[capacity],
            baseline_name="the same",
            bar=1.0,
            less_is_better=True,
        ),
        Figure(
            name="from the gateway's return to the first charge",
            unit="s",
            ours=[after[0] - returned],
        ),
        Figure(
            name=f"from the gateway's return to the last of {options.orders} charges",
            unit="s",
            ours=[after[-1] - returned],
        ),
    ]


def _place(stack: Stack, count: int, *, seed: int) -> float:
    """Place orders; return when, in seconds since 1970."""
    began = time.time()
    orders = workload.only_confirmed(count, seed=seed)
    at_work(stack, "tests.benchmarks.placing:prepare", [([], orders)], seconds=120)
    return began


def _finish(stack: Stack, confirmed: int, options: Options) -> None:
    stack.wait_until(
        lambda: not stack.ask(OWED), seconds=options.seconds, what="The orders are not final"
    )
    if (there := stack.ask(CONFIRMED)) != confirmed:
        raise InvalidRun(f"{there} orders are confirmed, not {confirmed}")


@contextmanager
def _away() -> Iterator[None]:
    """Let the gateway answer nobody, until it returns."""
    _sign().touch()
    try:
        yield
    finally:
        _return()


def _return() -> None:
    _sign().unlink(missing_ok=True)


def _sign() -> Path:
    book = Path(os.environ["SANDBOX_BOOK"])
    return book.with_name(f"{book.name}.away")


def _charged(since: float) -> list[float]:
    """Return when the gateway charged, in seconds since 1970."""
    with closing(sqlite3.connect(os.environ["SANDBOX_BOOK"])) as book:
        return [made_at for (made_at,) in book.execute(CHARGED, [since])]


def _per_second(moments: list[float], since: float) -> dict[int, int]:
    return dict(sorted(Counter(int(moment - since) for moment in moments).items()))
