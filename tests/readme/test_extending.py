"""The additions that docs/adding.md shows apply to this tree, are clean, and work."""

import re
from pathlib import Path

import pytest

from tests.copies import ADDITIONS, ROOT, copy_with, diff_of, own_database, python, run_in

TRIALS = Path(__file__).parent.relative_to(ROOT) / "trials"


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
    python(copy, "pytest", *trials, "-p", "no:cacheprovider", DATABASE_URL=own_database("readme"))


def test_a_context_is_begun_and_made_ones_own_as_the_page_says(tmp_path: Path) -> None:
    copy = copy_with([], into=tmp_path)
    python(copy, "manage", "startcontext", "loyalty")
    run_in(
        copy, "git", "apply", "-", stdin=diff_of("context"), GIT_CEILING_DIRECTORIES=str(tmp_path)
    )
    python(copy, "manage", "makemigrations", "loyalty", "readmodels")
    python(copy, "manage", "check")
    python(copy, "ruff", "check", "loyalty", "readmodels", "orders", "tests/loyalty")
    python(copy, "ruff", "format", "--check", "loyalty", "readmodels", "orders", "tests/loyalty")
    words = ("pytest", "tests/loyalty", "-p", "no:cacheprovider")
    python(copy, *words, DATABASE_URL=own_database("context"))
