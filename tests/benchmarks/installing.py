"""Packages that only a baseline needs, in a folder that is removed after the run."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from tests.benchmarks.invalid import NotInstalled
from tests.benchmarks.report import say
from tests.benchmarks.stack import ON_DISK

PIP = ("pip", "install", "-qq", "--disable-pip-version-check", "--only-binary", ":all:")


@contextmanager
def installed(*packages: str, options: tuple[str, ...] = ()) -> Iterator[Path]:
    """Install these, without what they depend on, until the block ends; yield their folder.

    :raises NotInstalled: they cannot be had.
    """
    folder = tempfile.mkdtemp(prefix="orders-bench-", dir=ON_DISK)
    try:
        done = subprocess.run(
            [sys.executable, "-m", *PIP, "--no-deps", *options, "-t", folder, *packages],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise NotInstalled(f"{' '.join(packages)}: {done.stderr.strip()[-300:]}")
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def entered_if_installable(
    exits: ExitStack, installation: AbstractContextManager[Path]
) -> Path | None:
    """Enter what installs a baseline; where it cannot be had, say so and return ``None``."""
    try:
        return exits.enter_context(installation)
    except NotInstalled as error:
        say(f"No figures beside what cannot be installed: {error}")
        return None
