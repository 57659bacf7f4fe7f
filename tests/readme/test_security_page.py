"""docs/security.md speaks of every chapter of the standard, and of tests that there are."""

import re

from config.environment.paths import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()


def test_every_chapter_of_the_standard_is_spoken_of() -> None:
    headings = " ".join(re.findall(r"^### (.*)$", PAGE, re.MULTILINE))
    assert {f"V{number}" for number in range(1, 18)} == set(re.findall(r"V\d+", headings))


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`(\w+/test_\w+\.py)`", PAGE)
    assert len(named) > 30
    assert [each for each in named if not (ROOT / "tests" / each).exists()] == []
