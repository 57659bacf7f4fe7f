"""``outbox/kit/rows/bulk.py`` beside the ways that Django and django-pgbulk write many rows."""

from dataclasses import dataclass

from tests.benchmarks.crew import at_work
from tests.benchmarks.options import option
from tests.benchmarks.report import Figure
from tests.benchmarks.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Options:
    """How many rows a statement writes, and how often each way is tried."""

    rows: int = option(200, "rows per statement")
    rounds: int = option(30, "of each way")


QUICK = Options(rows=20, rounds=2)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Compare inserts and updates, pair by pair."""
    (shift,) = at_work(
        stack,
        "tests.benchmarks.writing:prepare",
        [(options.rows, options.rounds)],
        seconds=600,
    )
    pace: dict[tuple[str, str], list[float]] = shift.result
    return [
        Figure(
            name=f"{what} {options.rows} saga instances at once",
            unit="rows/s",
            ours=pace[what, "outbox.kit.rows.bulk"],
            baseline=pace[what, other],
            baseline_name=other,
        )
        for what, other in pace
        if other != "outbox.kit.rows.bulk"
    ]
