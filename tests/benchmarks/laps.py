"""One lap: orders placed until they are final, by us or by the monolith, and what that cost."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tests.benchmarks import owed, workload
from tests.benchmarks.commits import bytes_between, commits_between, place_in_log
from tests.benchmarks.costs import Costs, costs_so_far
from tests.benchmarks.crew import at_work
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.stack import Stack, delivering
from tests.benchmarks.workload import PlannedOrder

WARMING_UP = 100
"""Orders that each placing process places before the clock starts, and no more than it places
then."""

MESSAGES = "SELECT type, flow, count(*) FROM outbox_message GROUP BY type, flow"
SIZE = "SELECT pg_database_size(current_database())"
BOOKS_AGREE = """
SELECT (SELECT count(*) FROM monolith_orderdetail) = (SELECT sum(orders) FROM
       monolith_customerstatistics)
   AND (SELECT sum(units) FROM monolith_dailysales) = (SELECT sum(reserved) FROM
       monolith_stocklevel)
   AND (SELECT sum(amount) FROM monolith_customerstatistics) = (SELECT sum(amount) FROM
       monolith_paymentoperation WHERE outcome = 'succeeded')
"""
ENDINGS = "SELECT coalesce(nullif(reason_code, ''), status), count(*) FROM {} GROUP BY 1"


Kind: TypeAlias = tuple[str, str]
"""The type of a message, and its flow."""


@dataclass(frozen=True, slots=True)
class Meters:
    """What a run uses up, read next to its beginning and its end."""

    log: str
    costs: Costs


@dataclass(frozen=True, slots=True)
class Counts:
    """What there is before or after a run. To count it costs something too."""

    endings: Counter[str]
    messages: Counter[Kind]
    size: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment before or after a run."""

    counts: Counts
    meters: Meters


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
    stack: Stack,
    orders: Sequence[PlannedOrder],
    *,
    placers: int,
    seconds: float,
    processes: int | None = None,
) -> Lap:
    """Place orders in so many processes, and return once nothing is owed.

    :param seconds: the patience with each part.
    :param processes: of the worker; as many as production starts without.
    :raises InvalidRun: orders ended otherwise than planned, or not in time.
    """
    before: list[Mark] = []

    def mark() -> None:
        owed.wait_until_settled(stack, seconds=seconds, what="The first orders are not final")
        before.append(_begin(stack, "orders_order"))

    with stack.running(delivering(processes=processes)):
        shifts = at_work(
            stack,
            "tests.benchmarks.placing:prepare",
            _shifts(orders, placers),
            seconds=seconds,
            before_start=mark,
        )
        owed.wait_until_settled(stack, seconds=seconds, what="The orders are not final")
        ended, meters = time.monotonic(), _read(stack)
    after = Mark(_count(stack, "orders_order"), meters)
    if after.counts.endings != _endings(stack, "readmodels_ordersummary"):
        raise InvalidRun("nothing is owed, and the read model differs from the orders")
    elapsed = ended - min(each.begun for each in shifts)
    return _lap(stack, "ours", orders=orders, before=before[0], after=after, elapsed=elapsed)


def lap_of_the_monolith(stack: Stack, orders: Sequence[PlannedOrder], *, seconds: float) -> Lap:
    """Let the monolith place orders in two processes."""
    return _lap_in_process(stack, "monolith.placing", orders, seconds=seconds)


def lap_of_the_bookkeeper(stack: Stack, orders: Sequence[PlannedOrder], *, seconds: float) -> Lap:
    """Let the monolith place orders in two processes, and keep the books that we keep.

    :raises InvalidRun: its books do not agree with its orders.
    """
    lap = _lap_in_process(stack, "monolith.bookkeeping", orders, seconds=seconds)
    if not stack.ask(BOOKS_AGREE):
        raise InvalidRun("the books of the monolith do not agree with its orders")
    return lap


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
        before_start=lambda: before.append(_begin(stack, "monolith_order")),
    )
    meters = _read(stack)
    elapsed = max(each.ended for each in shifts) - min(each.begun for each in shifts)
    after = Mark(_count(stack, "monolith_order"), meters)
    return _lap(stack, system, orders=orders, before=before[0], after=after, elapsed=elapsed)


def _shifts(
    orders: Sequence[PlannedOrder], placers: int
) -> list[tuple[Sequence[PlannedOrder], Sequence[PlannedOrder]]]:
    first = workload.plan(min(WARMING_UP * placers, len(orders)), seed=0)
    return list(zip(workload.shares(first, placers), workload.shares(orders, placers), strict=True))


def _begin(stack: Stack, orders_table: str) -> Mark:
    """Count first, so that the meters stand next to the beginning."""
    return Mark(_count(stack, orders_table), _read(stack))


def _read(stack: Stack) -> Meters:
    return Meters(log=place_in_log(stack), costs=costs_so_far(stack))


def _count(stack: Stack, orders_table: str) -> Counts:
    messages = stack.database.execute(MESSAGES).fetchall()
    return Counts(
        endings=_endings(stack, orders_table),
        messages=Counter({(name, flow): count for name, flow, count in messages}),
        size=stack.ask(SIZE),
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
    planned = workload.outcomes_of(orders)
    if (ended := after.counts.endings - before.counts.endings) != planned:
        raise InvalidRun(f"{system}: planned {dict(planned)}, ended {dict(ended)}")
    count = len(orders)
    begun, done = before.meters, after.meters
    return Lap(
        orders_per_second=count / elapsed,
        commits_per_order=commits_between(stack, begun.log, done.log) / count,
        delivered_per_second=_delivered(stack, before.counts, after.counts) / elapsed,
        workers=(done.costs.workers - begun.costs.workers) * 1000 / count,
        postgres=(done.costs.postgres - begun.costs.postgres) * 1000 / count,
        log=bytes_between(stack, begun.log, done.log) / 1000 / count,
        disk=(after.counts.size - before.counts.size) / 1000 / count,
    )


def _delivered(stack: Stack, before: Counts, after: Counts) -> int:
    """Count the new messages, each as often as it has subscribers; nothing is owed any more."""
    new = after.messages - before.messages
    if unknown := tuple(new.keys() - _hearers.keys()):
        (shift,) = at_work(stack, "tests.benchmarks.hearing:prepare", [(unknown,)], seconds=60)
        _hearers.update(shift.result)
    return sum(count * _hearers[kind] for kind, count in new.items())


_hearers: dict[Kind, int] = {}
"""By how many subscribers a kind of message is heard."""
