"""DBOS, for the time of a run."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.installing import installed

NAME = "DBOS 3.4, a workflow of three steps, 2 processes"
PACKAGES = ("dbos==3.4.0", "sqlalchemy==2.1.9", "croniter==7.0.0")
"""What of it this project does not have already; psycopg is the same."""


@contextmanager
def dbos_installed() -> Iterator[Path]:
    """Install DBOS for the processes that are started in the block, unless it is there already.

    :raises NotInstalled: it cannot be had.
    """
    if (found := find_spec("dbos")) and found.origin:
        yield Path(found.origin).parents[1]
        return
    with installed(*PACKAGES) as folder:
        sys.path.append(str(folder))
        try:
            yield folder
        finally:
            sys.path.remove(str(folder))
