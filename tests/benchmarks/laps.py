"""One lap: orders placed until they are final, by us or by the monolith, and what that cost."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks import workload
from tests.benchmarks.commits import bytes_between, commits_between, place_in_log
from tests.benchmarks.costs import Costs, costs_so_far
from tests.benchmarks.crew import at_work
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.stack import Stack, delivering
from tests.benchmarks.workload import PlannedOrder

WARMING_UP = 100
"""Orders that each placing process places before the clock starts."""

OWED = "SELECT EXISTS (SELECT FROM outbox_delivery WHERE status = 'owed')"
DONE = "SELECT count(*) FROM outbox_delivery WHERE status = 'done'"
SIZE = "SELECT pg_database_size(current_database())"
ENDINGS = "SELECT coalesce(nullif(reason_code, ''), status), count(*) FROM {} GROUP BY 1"


@dataclass(frozen=True, slots=True)
class Mark:
    """The counters before or after a run; costs are counted where workers run."""

    endings: Counter[str]
    log: str
    delivered: int
    size: int
    costs: Costs | None = None


@dataclass(frozen=True, slots=True)
class Lap:
    """One run of one system.

    :ivar workers: milliseconds of processor time per order; 0 where no workers run.
    :ivar postgres: the same of the database, with placing and vacuum.
    :ivar log: kilobytes of PostgreSQL's log per order.
    :ivar disk: kilobytes by which the database grew per order.
    """

    orders_per_second: float
    commits_per_order: float
    delivered_per_second: float
    workers: float
    postgres: float
    log: float
    disk: float


def lap_of_ours(
    stack: Stack, orders: Sequence[PlannedOrder], *, placers: int, seconds: float
) -> Lap:
    """Place orders in so many processes, and return once nothing is owed.

    :param seconds: the patience with each part.
    :raises InvalidRun: orders ended otherwise than planned, or not in time.
    """

    def settled() -> bool:
        return not stack.ask(OWED)

    before: list[Mark] = []

    def mark() -> None:
        stack.wait_until(settled, seconds=seconds, what="The first orders are not final")
        before.append(_mark(stack, "orders_order", costs=costs_so_far(stack)))

    with stack.running(delivering()):
        shifts = at_work(
            stack,
            "tests.benchmarks.placing:prepare",
            _shifts(orders, placers),
            seconds=seconds,
            before_start=mark,
        )
        stack.wait_until(settled, seconds=seconds, what="The orders are not final")
        ended, costs = time.monotonic(), costs_so_far(stack)
    after = _mark(stack, "orders_order", costs=costs)
    if after.endings != _endings(stack, "readmodels_ordersummary"):
        raise InvalidRun("nothing is owed, and the read model differs from the orders")
    elapsed = ended - min(each.begun for each in shifts)
    return _lap(stack, "ours", orders=orders, before=before[0], after=after, elapsed=elapsed)


def lap_of_the_monolith(stack: Stack, orders: Sequence[PlannedOrder], *, seconds: float) -> Lap:
    """Let the monolith place orders in two processes."""
    return _lap_in_process(stack, "monolith.placing", orders, seconds=seconds)


def lap_of_dbos(stack: Stack, orders: Sequence[PlannedOrder], *, seconds: float) -> Lap:
    """Let two processes place orders as DBOS workflows, on the monolith's tables."""
    return _lap_in_process(stack, "durable.workflow", orders, seconds=seconds)


def _lap_in_process(
    stack: Stack, system: str, orders: Sequence[PlannedOrder], *, seconds: float
) -> Lap:
    before: list[Mark] = []
    shifts = at_work(
        stack,
        f"tests.benchmarks.{system}:prepare",
        _shifts(orders, 2),
        seconds=seconds,
        before_start=lambda: before.append(_mark(stack, "monolith_order")),
    )
    elapsed = max(each.ended for each in shifts) - min(each.begun for each in shifts)
    after = _mark(stack, "monolith_order")
    return _lap(stack, system, orders=orders, before=before[0], after=after, elapsed=elapsed)


def _shifts(
    orders: Sequence[PlannedOrder], placers: int
) -> list[tuple[Sequence[PlannedOrder], Sequence[PlannedOrder]]]:
    first = workload.plan(WARMING_UP * placers, seed=0)
    return list(zip(workload.shares(first, placers), workload.shares(orders, placers), strict=True))


def _mark(stack: Stack, orders_table: str, costs: Costs | None = None) -> Mark:
    return Mark(
        endings=_endings(stack, orders_table),
        log=place_in_log(stack),
        delivered=stack.ask(DONE),
        size=stack.ask(SIZE),
        costs=costs,
    )


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
    count = len(orders)
    spent = _spent(before.costs, after.costs)
    return Lap(
        orders_per_second=count / elapsed,
        commits_per_order=commits_between(stack, before.log, after.log) / count,
        delivered_per_second=(after.delivered - before.delivered) / elapsed,
        workers=spent.workers * 1000 / count,
        postgres=spent.postgres * 1000 / count,
        log=bytes_between(stack, before.log, after.log) / 1000 / count,
        disk=(after.size - before.size) / 1000 / count,
    )


def _spent(before: Costs | None, after: Costs | None) -> Costs:
    if before is None or after is None:
        return Costs(0, 0)
    return Costs(after.workers - before.workers, after.postgres - before.postgres)
