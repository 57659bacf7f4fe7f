"""How soon the read model knows: from the moment an order is accepted to its final row."""

from contextlib import ExitStack
from dataclasses import dataclass
from statistics import quantiles

from tests.benchmarks import workload
from tests.benchmarks.crew import at_work
from tests.benchmarks.durable.installing import NAME, dbos_installed
from tests.benchmarks.installing import entered_if_installable
from tests.benchmarks.options import option
from tests.benchmarks.report import Figure
from tests.benchmarks.stack import Stack, delivering

WARMING_UP = 50

# Only the benchmark's own database has these triggers. PostgreSQL sends what it tells after the
# commit, so what is heard can be read.
_TELL = """
CREATE FUNCTION tell_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('summary_final', NEW.order_id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER tell_final AFTER INSERT OR UPDATE ON readmodels_ordersummary
FOR EACH ROW WHEN (NEW.confirmed_at IS NOT NULL) EXECUTE FUNCTION tell_final();
CREATE TRIGGER tell_final AFTER INSERT ON monolith_ordersummary
FOR EACH ROW EXECUTE FUNCTION tell_final();
"""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How many orders a second, for how long."""

    rate: float = option(10.0, "orders per second")
    seconds: float = option(30.0, "how long")


QUICK = Options(seconds=1.0)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Place orders at an even pace; every one has to be confirmed.

    :raises InvalidRun: an order was not, or not in time.
    """
    stack.database.execute(_TELL)
    for shop in ("placing", "monolith.placing"):
        at_work(stack, f"tests.benchmarks.{shop}:open_shop", [()], seconds=60)
    with stack.running(delivering()):
        ours = _paced(stack, "tests.benchmarks.placing:placer", options)
    stack.manage("audit", "--own-book", variables={"DJANGO_SETTINGS_MODULE": "config.settings"})
    baseline: list[float] = []
    with ExitStack() as exits:
        if entered_if_installable(exits, dbos_installed()):
            baseline = _paced(stack, "tests.benchmarks.durable.workflow:placer", options)
    return [
        Figure(
            name=f"order accepted to read model final, p{percent}",
            unit="ms",
            ours=[ours[percent - 1] * 1000],
            baseline=[baseline[percent - 1] * 1000] if baseline else (),
            baseline_name=NAME,
            bar=1,
            less_is_better=True,
        )
        for percent in (50, 99)
    ]


def _paced(stack: Stack, placer: str, options: Options) -> list[float]:
    """Return the percentiles of the seconds that orders took."""
    count = max(round(options.rate * options.seconds), 2)
    orders = workload.only(workload.CONFIRMED, count, seed=0)
    first = workload.only(workload.CONFIRMED, min(WARMING_UP, count), seed=-1)
    (shift,) = at_work(
        stack,
        "tests.benchmarks.pacing:prepare",
        [(placer, first, orders, options.rate)],
        seconds=options.seconds + 60,
    )
    return quantiles(shift.result, n=100, method="inclusive")
