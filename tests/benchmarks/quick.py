"""Every benchmark small, one after the other on the same servers: for breakage, not for speed."""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.durable.installing import dbos_installed
from tests.benchmarks.installing import entered_if_installable
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack, another_database

Results = dict[str, Sequence[Figure]]


def measure_all(stack: Stack, benchmarks: Mapping[str, Any]) -> Results:
    """Run each with its ``QUICK`` options, as if it were alone.

    :raises InvalidRun: one of them has no valid figures.
    """
    results: Results = {}
    with ExitStack() as exits:
        # Once for all that stand beside it.
        entered_if_installable(exits, dbos_installed())
        for name, benchmark in benchmarks.items():
            begun = time.monotonic()
            with _alone(stack, name) as another:
                results[name] = benchmark.measure(another, benchmark.QUICK)
            say(f"{name}: {time.monotonic() - begun:.0f} s")
    return results


@contextmanager
def _alone(stack: Stack, name: str) -> Iterator[Stack]:
    """Give a benchmark an empty database and book, and take back what it sets for its programs."""
    before = dict(os.environ)
    database = f"quick_{name.replace('-', '_')}"
    try:
        with (
            tempfile.TemporaryDirectory(dir=Path(os.environ["SANDBOX_BOOK"]).parent) as folder,
            another_database(stack, database) as another,
        ):
            os.environ["SANDBOX_BOOK"] = str(Path(folder) / "sandbox.sqlite3")
            yield another
    finally:
        os.environ.clear()
        os.environ.update(before)
