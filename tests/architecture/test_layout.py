"""Every file can be found by guessing: few flat files, one role per name, one class per name."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
APPS = ("config", "inventory", "orders", "outbox", "payments", "readmodels")

ROLES = {
    "__init__",
    "admin",
    "api",
    "apps",
    "checks",
    "choreography",
    "commands",
    "events",
    "handlers",
    "history",
    "metrics",
    "models",
    "retention",
    "settings",
    "subscribers",
    "tasks",
    "timeline",
    "urls",
}
"""Names that mean the same in every app: Django's own, and those of messaging."""

MOST_FLAT = 12
LONGEST = 200
MOST_LONGER = 12


def modules(app: str) -> Iterator[Path]:
    for path in sorted((ROOT / app).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


@pytest.mark.parametrize("app", APPS)
def test_few_files_lie_flat_below_an_app(app: str) -> None:
    flat = {path.stem for path in (ROOT / app).glob("*.py")} - ROLES
    assert len(flat) <= MOST_FLAT, sorted(flat)


def test_a_class_name_exists_once() -> None:
    places = defaultdict(list)
    for app in APPS:
        for path in modules(app):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef) and node.name not in {"Meta", "Command"}:
                    places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_every_folder_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path in modules(app)
        if path.name == "__init__.py"
        and path.parent.name not in {"commands", "management", "formats", "en"}
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_modules_are_short() -> None:
    lines = Counter(
        {
            str(path.relative_to(ROOT)): path.read_text().count("\n")
            for app in APPS
            for path in modules(app)
        }
    )
    longer = {name: count for name, count in lines.items() if count > LONGEST}
    assert len(longer) <= MOST_LONGER, longer


def test_nothing_is_called_by_what_it_is_not() -> None:
    """A file is named for its subject; these names say nothing of one."""
    stems = {path.stem for app in APPS for path in modules(app)}
    assert not stems & {"utils", "helpers", "common", "misc", "base_classes"}
