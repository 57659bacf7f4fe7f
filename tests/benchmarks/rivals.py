"""Two published Django outboxes, each with a database of its own, for the time of a run."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from config.environment.paths import ROOT
from tests.benchmarks.installing import installed
from tests.benchmarks.invalid import InvalidRun

PACKAGES = ("django-reliable-outbox==0.1.1", "django-domain-events==0.14.1")
"""Django and psycopg are ours."""

# PEP 695, the one thing in django-reliable-outbox that Python 3.11 does not know.
_TYPE_PARAMETERS = re.compile(r"^(\s*(?:def|class) \w+)\[[^]]*\]", re.MULTILINE)


@contextmanager
def rivals_installed() -> Iterator[Path]:
    """Install the rivals; yield the folder that has them.

    :raises NotInstalled: they cannot be had.
    """
    with installed(*PACKAGES, options=("--ignore-requires-python",)) as folder:
        if sys.version_info < (3, 12):
            for module in folder.glob("reliable_outbox/*.py"):
                module.write_text(_TYPE_PARAMETERS.sub(r"\1", module.read_text()))
        yield folder


def variables_of(name: str, *, folder: Path, host: str, user: str) -> dict[str, str]:
    """Return the environment of a rival's programs."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}",
        "PGHOST": host,
        "PGUSER": user,
        "RIVAL": name,
        "DJANGO_SETTINGS_MODULE": f"tests.benchmarks.messaging.{name}.settings",
    }


def manage(*words: str, variables: Mapping[str, str]) -> None:
    """Run a management command of a rival's project.

    :raises InvalidRun: it fails.
    """
    command = (sys.executable, "-m", "django", *words)
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise InvalidRun(f"{' '.join(command[:4])} failed: {done.stderr.strip()[-300:]}")
