"""Copies of the tree, with additions, and commands that are run there."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

ROOT: Path = settings.BASE_DIR
ADDITIONS = ("step", "subscriber", "read model", "price provider", "gateway")
"""The headings of docs/adding.md below which a diff stands, without their article."""

_OF_THIS_RUN = {"PYTHONPATH", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST"}


def diff_of(addition: str) -> str:
    """Return the diff below the heading "A <addition>"."""
    _, _, below = (ROOT / "docs" / "adding.md").read_text().partition(f"\n## A {addition}\n")
    section = re.split(r"^## ", below, maxsplit=1, flags=re.MULTILINE)[0]
    (diff,) = re.findall(r"^```diff\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    return str(diff)


def copy_with(additions: Iterable[str], *, into: Path) -> Path:
    """Copy the tree and apply additions to the copy, except those that the tree has already."""
    copy = into / "extended"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "venv*"))
    for addition in additions:
        diff = diff_of(addition)
        if not _has(copy, diff):
            run_in(copy, "git", "apply", "-", stdin=diff, GIT_CEILING_DIRECTORIES=str(into))
    return copy


def run_in(folder: Path, *words: str, stdin: str | None = None, **variables: str) -> str:
    """Run a command to its end and return what it said.

    :raises AssertionError: it failed.
    """
    done = _run(folder, *words, stdin=stdin, **variables)
    assert done.returncode == 0, done.stdout
    return done.stdout


def python(folder: Path, module: str, *words: str, **variables: str) -> str:
    """Run a module in a copy and return what it said."""
    return run_in(folder, sys.executable, "-m", module, *words, **variables)


def own_database(name: str) -> str:
    """Return the address of a database of this name on the server of this run."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def _has(copy: Path, diff: str) -> bool:
    words = ("git", "apply", "--reverse", "--check", "-")
    done = _run(copy, *words, stdin=diff, GIT_CEILING_DIRECTORIES=str(copy.parent))
    return done.returncode == 0


def _run(
    folder: Path, *words: str, stdin: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    inherited = {name: text for name, text in os.environ.items() if name not in _OF_THIS_RUN}
    return subprocess.run(
        words,
        cwd=folder,
        env={**inherited, **variables},
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
