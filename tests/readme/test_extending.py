"""The additions that docs/adding.md shows apply to this tree, are clean, and work."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
TRIALS = Path(__file__).parent.relative_to(ROOT) / "trials"
ADDITIONS = ("step", "subscriber", "read model", "gateway")


def diff_of(addition: str) -> str:
    """Return the diff below the heading "A <addition>"."""
    _, _, below = (ROOT / "docs" / "adding.md").read_text().partition(f"\n## A {addition}\n")
    section = re.split(r"^## ", below, maxsplit=1, flags=re.MULTILINE)[0]
    (diff,) = re.findall(r"^```diff\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    return str(diff)


def copy_with(additions: Iterable[str], *, into: Path) -> Path:
    """Copy the tree and apply additions to the copy."""
    copy = into / "extended"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "venv*"))
    for addition in additions:
        diff = diff_of(addition)
        run_in(copy, "git", "apply", "-", stdin=diff, GIT_CEILING_DIRECTORIES=str(into))
    return copy


def run_in(folder: Path, *words: str, stdin: str | None = None, **variables: str) -> str:
    """Run a command to its end and return what it said.

    :raises AssertionError: it failed.
    """
    of_this_run = {"PYTHONPATH", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST"}
    inherited = {name: text for name, text in os.environ.items() if name not in of_this_run}
    done = subprocess.run(
        words,
        cwd=folder,
        env={**inherited, **variables},
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def python(folder: Path, module: str, *words: str, **variables: str) -> str:
    return run_in(folder, sys.executable, "-m", module, *words, **variables)


@pytest.mark.parametrize("addition", ADDITIONS)
def test_an_addition_applies_alone_and_passes_the_checks(addition: str, tmp_path: Path) -> None:
    touched = re.findall(r"^\+\+\+ b/(.*)$", diff_of(addition), re.MULTILINE)
    copy = copy_with([addition], into=tmp_path)
    python(copy, "manage", "check")
    python(copy, "ruff", "check", *touched)
    python(copy, "ruff", "format", "--check", *touched)


def test_the_additions_together_do_what_the_page_says(tmp_path: Path) -> None:
    copy = copy_with(ADDITIONS, into=tmp_path)
    python(copy, "manage", "makemigrations", "readmodels")
    trials = [str(TRIALS / f"{addition.replace(' ', '_')}.py") for addition in ADDITIONS]
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path="/readme").geturl()
    python(copy, "pytest", *trials, "-p", "no:cacheprovider", DATABASE_URL=database)
