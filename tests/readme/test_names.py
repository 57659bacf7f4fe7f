"""Files, modules, tables, figures, settings, options and log events that the pages name exist."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from tests.packages import APPS

ROOT: Path = settings.BASE_DIR
NOT_NOW = {"CHANGELOG.md", "0021-leases.md", "messages.md"}
"""Pages about the past, and one that is generated from the code."""
OF_OTHERS = {
    *("FORWARDED_ALLOW_IPS", "OTEL_SERVICE_NAME", "OTEL_TRACES_SAMPLER", "SSL_CERT_FILE"),
    *("orders_outbox", "outbox/event"),
}
"""Names that other programs read, or that their operators choose."""
PAGES = [
    page
    for page in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
    if page.name not in NOT_NOW
]
OPERATING = (ROOT / "docs" / "operating.md").read_text()
LOUD = ("warning", "error", "exception")


@cache
def text_of(*folders: str) -> str:
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    return "\n".join(path.read_text() for path in files if path.suffix in {".py", ""})


def missing(names: set[str], *more: str) -> list[str]:
    """Return the names that the code of the apps does not have, nor that of more folders."""
    code = text_of(*APPS, *more)
    return sorted(name for name in names if not re.search(rf"(?<!\w){name}(?!\w)", code))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_and_figures_exist(page: Path) -> None:
    named = set(re.findall(rf"\b(?:{'|'.join(APPS)})_[a-z_]+\b", page.read_text()))
    assert missing(named - OF_OTHERS) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_exist(page: Path) -> None:
    named = set(re.findall(r"\b[A-Z]+_[A-Z_]*[A-Z]\b", page.read_text()))
    assert missing(named - OF_OTHERS, "bin", "tests") == []


@cache
def files() -> list[str]:
    """List files and folders by path, those of the tests also as pages about tests name them."""
    folders = (*APPS, "bin", "docs", "testkit", "tests")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    names = [str(path.relative_to(ROOT)) for path in [*ROOT.iterdir(), *found]]
    return names + [name.removeprefix("tests/") for name in names if name.startswith("tests/")]


def text_outside_of_code_blocks(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_exist(page: Path) -> None:
    text = text_outside_of_code_blocks(page)
    named = re.findall(r"`([\w./-]+\.(?:py|csv|conf|toml|yaml|md))`", text)
    known = [f"/{name}" for name in files()]
    assert [name for name in named if not any(each.endswith(f"/{name}") for each in known)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_folders_exist(page: Path) -> None:
    text = text_outside_of_code_blocks(page)
    named = re.findall(rf"(?<![\w/])(?:{'|'.join(APPS)}|bin|docs|testkit|tests)/[\w/]+", text)
    assert [name for name in named if not any(each.startswith(name) for each in files())] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_modules_exist(page: Path) -> None:
    text = text_outside_of_code_blocks(page)
    dotted = re.findall(rf"(?<![\w.])(?:{'|'.join(APPS)})(?:\.[a-z_]+){{2,}}", text)
    named = {name.rpartition(".")[0].replace(".", "/") for name in dotted} - OF_OTHERS
    assert [name for name in named if not any(each.startswith(name) for each in files())] == []


def test_options_for_operators_exist() -> None:
    named = set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", OPERATING))
    of_django = {"deploy", "database", "fake"}
    assert missing({f'"--{name}"' for name in named - of_django}) == []


def test_the_table_of_the_log_has_every_event_that_is_a_warning_or_an_error() -> None:
    product = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    calls = re.compile(rf'\blog\.({"|".join(LOUD)})\(\s*"([a-z_]+)"')
    written = {event for path in product for _, event in calls.findall(path.read_text())}
    _, _, below = OPERATING.partition("\n| event |")
    rows = below.partition("\n\n")[0].splitlines()[2:]
    shown = {event for row in rows for event in re.findall(r"`([a-z_]+)`", row.split("|")[1])}
    assert written - shown == set()
    assert missing({f'"{event}"' for event in shown}) == []
