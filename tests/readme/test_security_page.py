"""docs/security.md covers every chapter of the standard, and names tests that exist."""

import re

from config.environment.paths import ROOT
from tests.readme.asvs import requirements

PAGE = (ROOT / "docs" / "security.md").read_text()


def test_every_chapter_of_the_standard_is_covered() -> None:
    headings = " ".join(re.findall(r"^### (.*)$", PAGE, re.MULTILINE))
    assert {f"V{number}" for number in range(1, 18)} == set(re.findall(r"V\d+", headings))


def test_every_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(\w+/test_\w+\.py)`", PAGE)
    assert len(named) > 30
    assert [each for each in named if not (ROOT / "tests" / each).exists()] == []


def covered() -> list[str]:
    """Return the numbers in the first column of the tables, ranges written out."""
    numbers = []
    for cell in re.findall(r"^\| (\d[^|]*) \|", PAGE, re.MULTILINE):
        for part in cell.split(", "):
            first, _, last = part.partition("\N{EN DASH}")
            section, _, begin = first.rpartition(".")
            end = (last or first).rpartition(".")[2]
            numbers += [f"{section}.{number}" for number in range(int(begin), int(end) + 1)]
    return numbers


def test_every_requirement_of_levels_1_and_2_is_met_or_listed_as_not_met_once() -> None:
    wanted = sorted(number for number, level in requirements() if level <= 2)
    assert sorted(covered()) == wanted


def test_no_number_is_named_that_the_standard_does_not_have() -> None:
    known = {number for number, _ in requirements()}
    assert len(known) == 345
    assert set(re.findall(r"\b\d+\.\d+\.\d+\b", PAGE)) - known == {"5.0.0"}
