"""A read model is built anew from the log, beside a bulk INSERT of the same rows."""

import time
from dataclasses import dataclass

from tests.benchmarks.copies import LOG, READ_MODEL, copy_order, order_of_two_lines
from tests.benchmarks.crew import at_work
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack

_EMPTY = """
DROP TABLE IF EXISTS same_rows; CREATE TABLE same_rows (LIKE readmodels_ordersummary INCLUDING ALL)
"""
_INSERT = "INSERT INTO same_rows SELECT * FROM readmodels_ordersummary"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How many rows are rebuilt, how often."""

    rows: int
    rounds: int


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Rebuild from the log and insert what came of it, in turns.

    :raises InvalidRun: the rebuilt table has another number of rows.
    """
    original = order_of_two_lines(stack)
    copy_order(stack, original, options.rows, (*LOG, *READ_MODEL))
    rows = int(stack.ask("SELECT count(*) FROM readmodels_ordersummary"))
    rebuilt, inserted = [], []
    for number in range(1, options.rounds + 1):
        job = "tests.benchmarks.rebuilding:prepare"
        (shift,) = at_work(stack, job, [("order_summary",)], seconds=3600)
        if (now := int(stack.ask("SELECT count(*) FROM readmodels_ordersummary"))) != rows:
            raise InvalidRun(f"{now} of {rows} rows were rebuilt")
        rebuilt.append(rows / (shift.ended - shift.begun))
        inserted.append(rows / _seconds_to_insert(stack))
        say(f"round {number}: {rebuilt[-1]:.0f} and {inserted[-1]:.0f} rows/s")
    return [
        Figure(
            name=f"rows per second of a rebuild, {rows:,} rows",
            unit="rows/s",
            ours=rebuilt,
            baseline=inserted,
            baseline_name="INSERT of the same rows with one statement",
            bar=0.1,
        )
    ]


def _seconds_to_insert(stack: Stack) -> float:
    stack.database.execute(_EMPTY)
    begun = time.perf_counter()
    stack.database.execute(_INSERT)
    return time.perf_counter() - begun
