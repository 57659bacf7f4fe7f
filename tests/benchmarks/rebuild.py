"""A read model is built anew from the log, beside a bulk INSERT of the same rows."""

import time
from dataclasses import dataclass

from tests.benchmarks.copies import LOG, READ_MODEL, copy_order, order_of_two_lines
from tests.benchmarks.crew import at_work
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.options import option
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack

_EMPTY = """
DROP TABLE IF EXISTS same_rows; CREATE TABLE same_rows (LIKE readmodels_ordersummary INCLUDING ALL)
"""
_DOCUMENTS = """
SELECT jsonb_agg(row)::text
FROM (SELECT row_number() OVER () AS number, to_jsonb(o) AS row FROM readmodels_ordersummary o) AS o
GROUP BY number / 1000
"""
_INSERT = "INSERT INTO same_rows SELECT * FROM jsonb_populate_recordset(NULL::same_rows, %s::jsonb)"
_COPY = "INSERT INTO same_rows SELECT * FROM readmodels_ordersummary"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How many rows are rebuilt, how often."""

    rows: int = option(100_000, "orders")
    rounds: int = option(3, "of each")


QUICK = Options(rows=400, rounds=1)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Rebuild from the log, and insert what came of it from here and by the server alone, in turns.

    :raises InvalidRun: the rebuilt table has another number of rows.
    """
    original = order_of_two_lines(stack)
    copy_order(stack, original, options.rows, (*LOG, *READ_MODEL))
    rows = int(stack.ask("SELECT count(*) FROM readmodels_ordersummary"))
    rebuilt, inserted, copied = [], [], []
    for number in range(1, options.rounds + 1):
        job = "tests.benchmarks.rebuilding:prepare"
        (shift,) = at_work(stack, job, [("order_summary",)], seconds=3600)
        if (now := int(stack.ask("SELECT count(*) FROM readmodels_ordersummary"))) != rows:
            raise InvalidRun(f"{now} of {rows} rows were rebuilt")
        rebuilt.append(rows / (shift.ended - shift.begun))
        inserted.append(rows / _seconds_to_insert(stack))
        copied.append(rows / _seconds_to_copy(stack))
        say(f"round {number}: {rebuilt[-1]:.0f}, {inserted[-1]:.0f}, {copied[-1]:.0f} rows/s")
    return [
        Figure(
            name=f"rows per second of a rebuild, {rows:,} rows",
            unit="rows/s",
            ours=rebuilt,
            baseline=inserted,
            baseline_name="bulk INSERT of the same rows, 1,000 per statement",
            bar=0.2,
        ),
        Figure(
            name=f"rows per second of a rebuild, {rows:,} rows",
            unit="rows/s",
            ours=rebuilt,
            baseline=copied,
            baseline_name="INSERT … SELECT of the same rows inside the server",
        ),
    ]


def _seconds_to_insert(stack: Stack) -> float:
    """Send all rows, as documents that are made beforehand; a commit for each statement."""
    stack.database.execute(_EMPTY)
    documents = [text for (text,) in stack.database.execute(_DOCUMENTS).fetchall()]
    begun = time.perf_counter()
    for document in documents:
        stack.database.execute(_INSERT, [document])
    return time.perf_counter() - begun


def _seconds_to_copy(stack: Stack) -> float:
    stack.database.execute(_EMPTY)
    begun = time.perf_counter()
    stack.database.execute(_COPY)
    return time.perf_counter() - begun
