"""Two published Django outboxes, in a throw-away environment and databases of their own."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from config.environment import ROOT
from tests.benchmarks.invalid import InvalidRun, NotInstalled
from tests.benchmarks.stack import ON_DISK

PACKAGES = ("django-reliable-outbox==0.1.1", "django-domain-events==0.14.1")
SHARED = ("django", "psycopg", "psycopg-binary")
"""What they and we run on, in our versions."""

# PEP 695, the one thing in django-reliable-outbox that Python 3.11 does not know.
_TYPE_PARAMETERS = re.compile(r"^(\s*(?:def|class) \w+)\[[^]]*\]", re.MULTILINE)


@contextmanager
def environment_of_rivals() -> Iterator[Path]:
    """Install the rivals from the package index; yield the Python that has them.

    :raises NotInstalled: they cannot be had.
    """
    folder = Path(tempfile.mkdtemp(prefix="orders-rivals-", dir=ON_DISK))
    try:
        yield _installed_in(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _installed_in(folder: Path) -> Path:
    python = folder / "bin" / "python"
    shared = [f"{name}=={version(name)}" for name in SHARED]
    pip = (str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check")
    binary, ignoring = ("--only-binary", ":all:"), ("--no-deps", "--ignore-requires-python")
    try:
        _run(sys.executable, "-m", "venv", str(folder))
        _run(*pip, *binary, *shared)
        _run(*pip, *binary, *ignoring, *PACKAGES)
    except InvalidRun as error:
        raise NotInstalled(str(error)) from error
    if sys.version_info < (3, 12):
        for module in folder.glob("lib/*/site-packages/reliable_outbox/*.py"):
            module.write_text(_TYPE_PARAMETERS.sub(r"\1", module.read_text()))
    return python


def manage(python: Path, *words: str, variables: Mapping[str, str]) -> None:
    """Run a management command of a rival's project.

    :raises InvalidRun: it fails.
    """
    _run(str(python), "-m", "django", *words, variables=variables)


def _run(*command: str, variables: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise InvalidRun(f"{' '.join(command[:4])} failed: {done.stderr.strip()[-300:]}")
