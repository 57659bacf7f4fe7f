"""Orders from placed to final, beside the transaction they replace and Celery's own pace."""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks import workload
from tests.benchmarks.commits import commits_between, keep_the_log, place_in_log
from tests.benchmarks.crew import at_work
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.noops import noops_per_second
from tests.benchmarks.report import Figure
from tests.benchmarks.stack import Stack, delivering
from tests.benchmarks.workload import PlannedOrder

WARMING_UP = 100
"""Orders that each placing process places before the clock starts."""

OWED = "SELECT EXISTS (SELECT FROM outbox_delivery WHERE status = 'owed')"
DONE = "SELECT count(*) FROM outbox_delivery WHERE status = 'done'"
ENDINGS = "SELECT coalesce(nullif(reason_code, ''), status), count(*) FROM {} GROUP BY 1"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much is run. ``seconds`` is the patience with each part of a round."""

    orders: int
    rounds: int
    placers: int
    tasks: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Mark:
    """The counters before or after a run."""

    endings: Counter[str]
    log: str
    delivered: int


@dataclass(frozen=True, slots=True)
class Lap:
    """One run of one system."""

    orders_per_second: float
    commits_per_order: float
    delivered_per_second: float


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Alternate ours and the baselines for some rounds.

    :raises InvalidRun: orders ended otherwise than planned, the audit found something, or a part
        was not through in time.
    """
    keep_the_log(stack)
    for shop in ("placing", "monolith.placing"):
        at_work(stack, f"tests.benchmarks.{shop}:open_shop", [()], seconds=60)
    ours, monolith, noops = [], [], []
    for number in range(1, options.rounds + 1):
        orders = workload.plan(options.orders, seed=number)
        ours.append(lap_of_ours(stack, orders, options))
        say(f"round {number}: {ours[-1].orders_per_second:.0f} orders/s")
        monolith.append(_monolith(stack, orders, options))
        say(f"round {number}: monolith {monolith[-1].orders_per_second:.0f} orders/s")
        noops.append(noops_per_second(stack, tasks=options.tasks, seconds=options.seconds))
        say(f"round {number}: no-op tasks {noops[-1]:.0f}/s")
    stack.manage("audit", "--own-book", variables={"DJANGO_SETTINGS_MODULE": "config.settings"})
    return [
        Figure(
            name="orders per second, placed to final",
            unit="orders/s",
            ours=[lap.orders_per_second for lap in ours],
            baseline=[lap.orders_per_second for lap in monolith],
            baseline_name="one Django ORM transaction per order, 2 processes",
            bar=0.5,
        ),
        Figure(
            name="durable commits per order",
            unit="commits/order",
            ours=[lap.commits_per_order for lap in ours],
            baseline=[lap.commits_per_order for lap in monolith],
            baseline_name="one Django ORM transaction per order, 2 processes",
            bar=2,
            less_is_better=True,
        ),
        Figure(
            name="messages delivered per second",
            unit="deliveries/s",
            ours=[lap.delivered_per_second for lap in ours],
            baseline=noops,
            baseline_name="Celery no-op tasks, two solo workers",
        ),
    ]


def lap_of_ours(stack: Stack, orders: Sequence[PlannedOrder], options: Options) -> Lap:
    def settled() -> bool:
        return not stack.ask(OWED)

    before: list[Mark] = []

    def mark() -> None:
        stack.wait_until(settled, seconds=options.seconds, what="The first orders are not final")
        before.append(_mark(stack, "orders_order"))

    with stack.running(delivering()):
        shifts = at_work(
            stack,
            "tests.benchmarks.placing:prepare",
            _shifts(orders, options.placers),
            seconds=options.seconds,
            before_start=mark,
        )
        stack.wait_until(settled, seconds=options.seconds, what="The orders are not final")
        ended = time.monotonic()
    after = _mark(stack, "orders_order")
    if after.endings != _endings(stack, "readmodels_ordersummary"):
        raise InvalidRun("nothing is owed, and the read model differs from the orders")
    elapsed = ended - min(each.begun for each in shifts)
    return _lap(stack, "ours", orders=orders, before=before[0], after=after, elapsed=elapsed)


def _monolith(stack: Stack, orders: Sequence[PlannedOrder], options: Options) -> Lap:
    before: list[Mark] = []
    shifts = at_work(
        stack,
        "tests.benchmarks.monolith.placing:prepare",
        _shifts(orders, 2),
        seconds=options.seconds,
        before_start=lambda: before.append(_mark(stack, "monolith_order")),
    )
    elapsed = max(each.ended for each in shifts) - min(each.begun for each in shifts)
    after = _mark(stack, "monolith_order")
    return _lap(
        stack, "the monolith", orders=orders, before=before[0], after=after, elapsed=elapsed
    )


def _shifts(
    orders: Sequence[PlannedOrder], placers: int
) -> list[tuple[Sequence[PlannedOrder], Sequence[PlannedOrder]]]:
    first = workload.plan(WARMING_UP * placers, seed=0)
    return list(zip(workload.shares(first, placers), workload.shares(orders, placers), strict=True))


def _mark(stack: Stack, orders_table: str) -> Mark:
    return Mark(_endings(stack, orders_table), place_in_log(stack), stack.ask(DONE))


def _endings(stack: Stack, table: str) -> Counter[str]:
    return Counter(dict(stack.database.execute(ENDINGS.format(table)).fetchall()))


def _lap(
    stack: Stack,
    system: str,
    *,
    orders: Sequence[PlannedOrder],
    before: Mark,
    after: Mark,
    elapsed: float,
) -> Lap:
    planned, ended = workload.outcomes_of(orders), after.endings - before.endings
    if ended != planned:
        raise InvalidRun(f"{system}: planned {dict(planned)}, ended {dict(ended)}")
    return Lap(
        orders_per_second=len(orders) / elapsed,
        commits_per_order=commits_between(stack, before.log, after.log) / len(orders),
        delivered_per_second=(after.delivered - before.delivered) / elapsed,
    )


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
