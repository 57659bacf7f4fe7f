"""docs/tour.md and docs/glossary.md use only files and names that the code has."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from outbox.registry import subscribers
from tests.packages import APPS

ROOT: Path = settings.BASE_DIR
TOUR = (ROOT / "docs" / "tour.md").read_text()
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()

STAYS = re.findall(r"^## \d+\. (.*?)(?=^## )", TOUR, re.DOTALL | re.MULTILINE)
ENTRIES = re.findall(r"^\| ([^|`]+) \| (.*) \|$", GLOSSARY, re.MULTILINE)[1:]


def in_code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def is_path(name: str) -> bool:
    return name.endswith(".py")


def has(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


@cache
def code() -> str:
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    return "\n".join(path.read_text() for path in files if "migrations" not in path.parts)


def test_the_tour_is_twelve_files_in_their_order() -> None:
    numbers = re.findall(r"^## (\d+)\. `(?:[a-z_]+/)+[a-z_]+\.py`$", TOUR, re.MULTILINE)
    assert [int(number) for number in numbers] == list(range(1, 13))


@pytest.mark.parametrize("stay", STAYS, ids=lambda stay: str(in_code(stay)[0]))
def test_a_stay_names_what_its_files_have(stay: str) -> None:
    named = in_code(stay)
    missing = [name for name in named if is_path(name) and not (ROOT / name).is_file()]
    assert missing == []
    text = "\n".join((ROOT / name).read_text() for name in named if is_path(name))
    assert [name for name in named if not is_path(name) and not has(text, name)] == []


def test_the_glossary_is_in_alphabetical_order_and_says_each_word_once() -> None:
    words = [word for word, _ in ENTRIES]
    assert words == sorted(set(words), key=lambda word: word.replace("-", " "))


@pytest.mark.parametrize(("word", "meaning"), ENTRIES, ids=[word for word, _ in ENTRIES])
def test_the_glossary_names_what_the_code_has(word: str, meaning: str) -> None:
    names = [name.removeprefix("@") for name in in_code(meaning)]
    names = [name for name in names if not name.startswith(("/", "manage.py "))]
    known = [name for name in names if is_path(name) and (ROOT / name).is_file()]
    assert [each for each in names if each not in known and not has(code(), each)] == [], word


def test_the_contexts_of_the_glossary_are_subscribers() -> None:
    (meaning,) = [meaning for word, meaning in ENTRIES if word == "context"]
    named = re.findall(r"[a-z]+", meaning.partition(": ")[2])
    assert set(named) <= subscribers.keys()
