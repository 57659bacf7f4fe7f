"""A gateway that takes its time, and one that was away: counted in the gateway's own book."""

import os
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.demo.stack.application import FEWEST_WORKERS
from tests.benchmarks import owed, workload
from tests.benchmarks.crew import at_work
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.options import option, patience
from tests.benchmarks.report import Figure
from tests.benchmarks.stack import Stack, delivering

ENDED = "SELECT count(*) FROM readmodels_ordersummary WHERE status = %s"
CHARGED = "SELECT made_at FROM entry WHERE kind = 'charge' AND made_at >= ? ORDER BY made_at"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much is run."""

    orders: int = option(1000, "orders of each part that are paid for")
    refused: int = option(100, "orders that need no gateway")
    delay: float = option(0.2, "seconds of a call")
    outage: float = option(60.0, "seconds for which it is away")
    patience: float = patience(300.0, "a part")

    @property
    def warming_up(self) -> int:
        return min(50, self.orders)


QUICK = Options(orders=64, refused=5, delay=1.0, outage=1.0)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Pay for orders at a slow gateway, with others beside them, and after an outage of it.

    :raises InvalidRun: an order was not confirmed in time, or the audit found something.
    """
    os.environ["SANDBOX_DELAY_SECONDS"] = str(options.delay)
    processes = max(os.cpu_count() or 1, FEWEST_WORKERS)
    capacity = processes * int(os.environ.get("GATEWAY_CALLS_AT_ONCE", "16")) / options.delay
    at_work(stack, "tests.benchmarks.placing:open_shop", [()], seconds=60)
    with stack.running(delivering()):
        _place(stack, options.warming_up, seed=0)
        _finish(stack, 0, options)
        undisturbed = _refused(stack, options, seed=1)
    figures = [
        _slow(stack, options, capacity),
        _beside(stack, options, undisturbed),
        *_outage(stack, options, capacity),
    ]
    stack.manage("audit", "--own-book", variables={"DJANGO_SETTINGS_MODULE": "config.settings"})
    return figures


def _slow(stack: Stack, options: Options, capacity: float) -> Figure:
    began = _place(stack, options.orders, seed=2)
    with stack.running(delivering()):
        _finish(stack, 1, options)
    charged = _charged(began)
    return Figure(
        name=f"orders per second at a gateway that takes {options.delay * 1000:.0f} ms",
        unit="orders/s",
        ours=[(len(charged) - 1) / (charged[-1] - charged[0])],
        baseline=[capacity],
        baseline_name="calls at once in all processes, divided by the time of one",
        bar=0.9,
    )


def _beside(stack: Stack, options: Options, undisturbed: float) -> Figure:
    _place(stack, options.orders, seed=3)
    with stack.running(delivering()):
        beside = _refused(stack, options, seed=4, before_start=lambda: _wait_for_calls(stack))
        if not stack.ask(owed.CALLING):
            raise InvalidRun("nobody called the gateway any more: take more orders")
        _finish(stack, 2, options)
    return Figure(
        name=f"{options.refused} orders that need no gateway, while {options.orders} wait for it",
        unit="s",
        ours=[beside],
        baseline=[undisturbed],
        baseline_name="while none waits",
        less_is_better=True,
    )


def _wait_for_calls(stack: Stack) -> None:
    stack.wait_until(lambda: stack.ask(owed.CALLING), seconds=60, what="Nobody calls the gateway")


def _outage(stack: Stack, options: Options, capacity: float) -> Iterator[Figure]:
    with stack.running(delivering()), _away():
        _place(stack, options.orders, seed=5)
        time.sleep(options.outage)
        returned = time.time()
        _return()
        _finish(stack, 3, options)
    charged = _charged(returned)
    per_second = _per_second(charged, returned)
    sys.stderr.write(f"charges in each second after the return: {per_second}\n")
    yield Figure(
        name=f"charges in the busiest second after {options.outage:.0f} s away",
        unit="charges/s",
        ours=[max(per_second.values())],
        baseline=[capacity],
        baseline_name="calls at once in all processes, divided by the time of one",
        bar=1.0,
        less_is_better=True,
    )
    yield Figure(
        name="from the gateway's return to the first charge",
        unit="s",
        ours=[charged[0] - returned],
    )
    yield Figure(
        name=f"from the gateway's return to the last of {options.orders} charges",
        unit="s",
        ours=[charged[-1] - returned],
    )


def _place(stack: Stack, count: int, *, seed: int) -> float:
    """Place orders; return when, in seconds since 1970."""
    began = time.time()
    orders = workload.only(workload.CONFIRMED, count, seed=seed)
    at_work(stack, "tests.benchmarks.placing:prepare", [([], orders)], seconds=120)
    return began


def _refused(
    stack: Stack,
    options: Options,
    *,
    seed: int,
    before_start: Callable[[], None] = lambda: None,
) -> float:
    """Place orders for goods that are not there; where goods are held first, nobody is charged.

    :returns: the seconds until all are cancelled.
    """
    orders = workload.only(workload.OUT_OF_STOCK, options.refused, seed=seed)
    cancelled = stack.ask(ENDED, "cancelled") + options.refused
    os.environ["ORDER_FLOW"] = "reserve_first"
    try:
        (shift,) = at_work(
            stack,
            "tests.benchmarks.placing:prepare",
            [([], orders)],
            seconds=120,
            before_start=before_start,
        )
    finally:
        del os.environ["ORDER_FLOW"]
    stack.wait_until(
        lambda: stack.ask(ENDED, "cancelled") == cancelled,
        seconds=options.patience,
        what="Orders that need no gateway are not final",
    )
    return time.monotonic() - shift.begun


def _finish(stack: Stack, parts: int, options: Options) -> None:
    """Wait until the orders of the first so many parts are confirmed."""
    confirmed = options.warming_up + parts * options.orders
    owed.wait_until_settled(stack, seconds=options.patience, what="The orders are not final")
    if (there := stack.ask(ENDED, "confirmed")) != confirmed:
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
