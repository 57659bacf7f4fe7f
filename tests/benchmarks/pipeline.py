"""Orders from placed to final, beside the transaction they replace and Celery's own pace."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.benchmarks import workload
from tests.benchmarks.commits import keep_the_log
from tests.benchmarks.crew import at_work
from tests.benchmarks.durable.installing import NAME, dbos_installed
from tests.benchmarks.installing import entered_if_installable
from tests.benchmarks.laps import (
    Lap,
    lap_of_dbos,
    lap_of_ours,
    lap_of_the_bookkeeper,
    lap_of_the_monolith,
)
from tests.benchmarks.noops import noops_per_second
from tests.benchmarks.options import option, patience
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack

MONOLITH = "one Django ORM transaction per order, 2 processes"
BOOKKEEPER = "one such transaction that keeps the same books"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much is run."""

    orders: int = option(5000, "orders per round")
    rounds: int = option(3, "of ours and each baseline")
    placers: int = option(2, "processes that place")
    tasks: int = option(5000, "no-op tasks per round")
    patience: float = patience(300.0, "a part of a round")


QUICK = Options(orders=40, rounds=1, tasks=100)


@dataclass
class _Laps:
    """What was measured, a sample per round."""

    ours: list[Lap] = field(default_factory=list)
    monolith: list[Lap] = field(default_factory=list)
    bookkeeper: list[Lap] = field(default_factory=list)
    dbos: list[Lap] = field(default_factory=list)
    noops: list[float] = field(default_factory=list)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Alternate ours and the baselines for some rounds.

    :raises InvalidRun: orders ended otherwise than planned, the audit found something, or a part
        was not through in time.
    """
    keep_the_log(stack)
    for shop in ("placing", "monolith.placing"):
        at_work(stack, f"tests.benchmarks.{shop}:open_shop", [()], seconds=60)
    laps = _Laps()
    with ExitStack() as exits:
        has_dbos = entered_if_installable(exits, dbos_installed()) is not None
        for number in range(1, options.rounds + 1):
            _round(stack, options, laps, number=number, has_dbos=has_dbos)
    stack.manage("audit", "--own-book", variables={"DJANGO_SETTINGS_MODULE": "config.settings"})
    return [*_paces(laps), *_costs(laps)]


def _round(stack: Stack, options: Options, laps: _Laps, *, number: int, has_dbos: bool) -> None:
    orders, seconds = workload.plan(options.orders, seed=number), options.patience
    laps.ours.append(lap_of_ours(stack, orders, placers=options.placers, seconds=seconds))
    say(f"round {number}: {laps.ours[-1].orders_per_second:.0f} orders/s")
    laps.monolith.append(lap_of_the_monolith(stack, orders, seconds=seconds))
    say(f"round {number}: monolith {laps.monolith[-1].orders_per_second:.0f} orders/s")
    laps.bookkeeper.append(lap_of_the_bookkeeper(stack, orders, seconds=seconds))
    say(f"round {number}: same books {laps.bookkeeper[-1].orders_per_second:.0f} orders/s")
    if has_dbos:
        laps.dbos.append(lap_of_dbos(stack, orders, seconds=seconds))
        say(f"round {number}: DBOS {laps.dbos[-1].orders_per_second:.0f} orders/s")
    laps.noops.append(noops_per_second(stack, tasks=options.tasks, seconds=seconds))
    say(f"round {number}: no-op tasks {laps.noops[-1]:.0f}/s")


def _paces(laps: _Laps) -> Iterator[Figure]:
    beside: list[tuple[Sequence[Lap], str, float]] = [
        (laps.monolith, MONOLITH, 1.0),
        (laps.bookkeeper, BOOKKEEPER, 1.2),
        (laps.dbos, NAME, 6.0),
    ]
    for baseline, name, bar in beside:
        if baseline:
            yield Figure(
                name="orders per second, placed to final",
                unit="orders/s",
                ours=[lap.orders_per_second for lap in laps.ours],
                baseline=[lap.orders_per_second for lap in baseline],
                baseline_name=name,
                bar=bar,
            )
    yield Figure(
        name="messages delivered per second",
        unit="deliveries/s",
        ours=[lap.delivered_per_second for lap in laps.ours],
        baseline=laps.noops,
        baseline_name="Celery no-op tasks, two solo workers",
    )


def _costs(laps: _Laps) -> Iterator[Figure]:
    yield Figure(
        name="durable commits per order",
        unit="commits/order",
        ours=[lap.commits_per_order for lap in laps.ours],
        baseline=[lap.commits_per_order for lap in laps.monolith],
        baseline_name=MONOLITH,
        bar=1.3,
        less_is_better=True,
    )
    yield Figure(
        name="processor time of workers per order",
        unit="ms",
        ours=[lap.workers for lap in laps.ours],
    )
    yield Figure(
        name="processor time of PostgreSQL per order, placing included",
        unit="ms",
        ours=[lap.postgres for lap in laps.ours],
        baseline=[lap.postgres for lap in laps.bookkeeper],
        baseline_name=BOOKKEEPER,
        less_is_better=True,
    )
    yield Figure(
        name="PostgreSQL's log per order",
        unit="kB",
        ours=[lap.log for lap in laps.ours],
        baseline=[lap.log for lap in laps.bookkeeper],
        baseline_name=BOOKKEEPER,
        bar=20,
        bar_on="ours",
        less_is_better=True,
    )
    yield Figure(
        name="growth of the database per order",
        unit="kB",
        ours=[lap.disk for lap in laps.ours],
        baseline=[lap.disk for lap in laps.bookkeeper],
        baseline_name=BOOKKEEPER,
        less_is_better=True,
    )
