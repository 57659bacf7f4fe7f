"""Orders from placed to final, beside the transaction they replace and Celery's own pace."""

from dataclasses import dataclass

from tests.benchmarks import workload
from tests.benchmarks.commits import keep_the_log
from tests.benchmarks.crew import at_work
from tests.benchmarks.durable.installing import NAME, dbos_installed
from tests.benchmarks.laps import Lap, lap_of_dbos, lap_of_ours, lap_of_the_monolith
from tests.benchmarks.noops import noops_per_second
from tests.benchmarks.options import option, patience
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack

BASELINE = "one Django ORM transaction per order, 2 processes"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much is run."""

    orders: int = option(5000, "orders per round")
    rounds: int = option(3, "of ours and each baseline")
    placers: int = option(2, "processes that place")
    tasks: int = option(5000, "no-op tasks per round")
    patience: float = patience(300.0, "a part of a round")


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Alternate ours and the baselines for some rounds.

    :raises InvalidRun: orders ended otherwise than planned, the audit found something, or a part
        was not through in time.
    """
    keep_the_log(stack)
    for shop in ("placing", "monolith.placing"):
        at_work(stack, f"tests.benchmarks.{shop}:open_shop", [()], seconds=60)
    ours: list[Lap] = []
    monolith: list[Lap] = []
    dbos: list[Lap] = []
    noops: list[float] = []
    with dbos_installed():
        for number in range(1, options.rounds + 1):
            orders = workload.plan(options.orders, seed=number)
            ours.append(
                lap_of_ours(stack, orders, placers=options.placers, seconds=options.patience)
            )
            say(f"round {number}: {ours[-1].orders_per_second:.0f} orders/s")
            monolith.append(lap_of_the_monolith(stack, orders, seconds=options.patience))
            say(f"round {number}: monolith {monolith[-1].orders_per_second:.0f} orders/s")
            dbos.append(lap_of_dbos(stack, orders, seconds=options.patience))
            say(f"round {number}: DBOS {dbos[-1].orders_per_second:.0f} orders/s")
            noops.append(noops_per_second(stack, tasks=options.tasks, seconds=options.patience))
            say(f"round {number}: no-op tasks {noops[-1]:.0f}/s")
    stack.manage("audit", "--own-book", variables={"DJANGO_SETTINGS_MODULE": "config.settings"})
    return [
        Figure(
            name="orders per second, placed to final",
            unit="orders/s",
            ours=[lap.orders_per_second for lap in ours],
            baseline=[lap.orders_per_second for lap in monolith],
            baseline_name=BASELINE,
            bar=0.5,
        ),
        Figure(
            name="orders per second, placed to final",
            unit="orders/s",
            ours=[lap.orders_per_second for lap in ours],
            baseline=[lap.orders_per_second for lap in dbos],
            baseline_name=NAME,
            bar=4,
        ),
        Figure(
            name="durable commits per order",
            unit="commits/order",
            ours=[lap.commits_per_order for lap in ours],
            baseline=[lap.commits_per_order for lap in monolith],
            baseline_name=BASELINE,
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
        Figure(
            name="processor time of workers per order",
            unit="ms",
            ours=[lap.workers for lap in ours],
        ),
        Figure(
            name="processor time of PostgreSQL per order, placing included",
            unit="ms",
            ours=[lap.postgres for lap in ours],
        ),
        Figure(
            name="PostgreSQL's log per order",
            unit="kB",
            ours=[lap.log for lap in ours],
            baseline=[lap.log for lap in monolith],
            baseline_name=BASELINE,
        ),
        Figure(
            name="growth of the database per order",
            unit="kB",
            ours=[lap.disk for lap in ours],
            baseline=[lap.disk for lap in monolith],
            baseline_name=BASELINE,
        ),
    ]
