"""How soon the read model knows: from the commit of an order to its final row."""

from dataclasses import dataclass
from statistics import quantiles

from tests.benchmarks import workload
from tests.benchmarks.crew import at_work
from tests.benchmarks.report import Figure
from tests.benchmarks.stack import Stack, delivering

WARMING_UP = 50

# Only the benchmark's own database has this trigger. PostgreSQL sends what it tells after the
# commit, so what is heard can be read.
_TELL = """
CREATE FUNCTION tell_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('summary_final', NEW.order_id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER tell_final AFTER INSERT OR UPDATE ON readmodels_ordersummary
FOR EACH ROW WHEN (NEW.confirmed_at IS NOT NULL) EXECUTE FUNCTION tell_final();
"""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How many orders a second, for how many seconds."""

    rate: float
    seconds: float


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Place orders at an even pace; every one has to be confirmed.

    :raises InvalidRun: an order was not, or not in time.
    """
    stack.database.execute(_TELL)
    at_work(stack, "tests.benchmarks.placing:open_shop", [()], seconds=60)
    orders = workload.only(
        workload.CONFIRMED, max(round(options.rate * options.seconds), 2), seed=0
    )
    first = workload.only(workload.CONFIRMED, WARMING_UP, seed=-1)
    with stack.running(delivering()):
        (shift,) = at_work(
            stack,
            "tests.benchmarks.pacing:prepare",
            [(first, orders, options.rate)],
            seconds=options.seconds + 60,
        )
    stack.manage("audit", "--own-book", variables={"DJANGO_SETTINGS_MODULE": "config.settings"})
    percentiles = quantiles(shift.result, n=100, method="inclusive")
    return [
        Figure(
            name=f"order committed to read model final, p{percent}",
            unit="ms",
            ours=[percentiles[percent - 1] * 1000],
            less_is_better=True,
        )
        for percent in (50, 99)
    ]
