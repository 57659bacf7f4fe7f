"""DBOS, in a folder that is removed after the run."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from tests.benchmarks.invalid import NotInstalled
from tests.benchmarks.stack import ON_DISK

NAME = "DBOS 3.4, a workflow of three steps, 2 processes"
PACKAGES = ("dbos==3.4.0", "sqlalchemy==2.1.9", "croniter==7.0.0")
"""What of it this project does not have already; psycopg is the same."""


@contextmanager
def dbos_installed() -> Iterator[None]:
    """Install DBOS for the processes that are started in the block, unless it is there already.

    :raises NotInstalled: it cannot be had.
    """
    if find_spec("dbos"):
        yield
        return
    folder = tempfile.mkdtemp(prefix="orders-dbos-", dir=ON_DISK)
    quiet = ("-qq", "--disable-pip-version-check", "--only-binary", ":all:")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", *quiet, "--no-deps", "-t", folder, *PACKAGES],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise NotInstalled(f"DBOS cannot be installed: {done.stderr.strip()[-300:]}")
        sys.path.append(folder)
        yield
        sys.path.remove(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
