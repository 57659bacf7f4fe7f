"""Every file can be found by guessing: few flat files, one role per name, one class per name."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.packages import APPS

ROOT: Path = settings.BASE_DIR

ROLES = {
    "__init__": "what the folder is for",
    "api": "views that belong to no single subject",
    "apps": "Django's configuration of the app",
    "checks": "what `manage.py check` reports of the app",
    "choreography": "the app's part in the choreographed flow",
    "commands": "contracts of the commands that the app handles",
    "events": "contracts of the events that the app publishes",
    "filters": "parameters by which lists are narrowed",
    "handlers": "functions that handle messages",
    "history": "events derived from the app's tables",
    "metrics": "what the app adds to /metrics",
    "models": "the app's tables",
    "options": "arguments of commands",
    "permissions": "who may use a view of the API",
    "problems": "errors of the API as problem details",
    "retention": "which rows of the app are removed, and when",
    "services": "the app's use cases",
    "settings": "what the environment sets",
    "signs": "what the app adds to the first page of the admin",
    "subscribers": "subscribers that call outside, or that other apps wire",
    "tasks": "the app's Celery tasks",
    "timeline": "what the app adds to the timeline of an order",
    "urls": "the app's routes",
}
"""File names that recur for a role, which is the same in every app."""

SUBJECTS = {
    "accounts": "accounts of people",
    "announcements": "the events that a context publishes",
    "attention": "what a human has to look after",
    "book": "a gateway's own list of what it did",
    "customers": "customers",
    "entering": "entering operations in the ledger",
    "erasing": "erasing a customer",
    "figures": "values of /metrics",
    "flows": "how orders are coordinated",
    "lag": "how far subscribers are behind",
    "messages": "messages of the log",
    "money": "amounts of money",
    "names": "what customers and orders are called",
    "orders": "orders",
    "placing": "placing an order",
    "sagas": "sagas",
    "stock": "stock",
    "upkeep": "whether the parts run and the rows are right",
}
"""File names that recur for a subject: one noun for it in every layer and app."""

IN_TWO_SENSES = {"addresses", "answers", "keys", "waiting"}
"""File names that two apps use for different things."""

NOT_IN_NAMES = {
    *("crowd", "hearer", "hearers", "heart", "teller", "tellers", "tells"),
    *("util", "utils", "helper", "helpers", "misc", "stuff"),
}
"""Words that say nothing about what they name; the glossary has better ones."""

MOST_FLAT = 12
LONGEST = 200
MOST_LONGER = 12


def modules(app: str) -> Iterator[Path]:
    for path in sorted((ROOT / app).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


@pytest.mark.parametrize("app", APPS)
def test_few_files_lie_flat_below_an_app(app: str) -> None:
    flat = {path.stem for path in (ROOT / app).glob("*.py")} - ROLES.keys()
    assert len(flat) <= MOST_FLAT, sorted(flat)


@pytest.mark.parametrize("app", APPS)
def test_product_code_asserts_nothing(app: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules(app)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assert)
    ]
    assert found == []


def test_a_class_name_exists_once() -> None:
    places = defaultdict(list)
    for app in APPS:
        for path in modules(app):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef) and node.name not in {"Meta", "Command"}:
                    places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_a_file_name_recurs_across_apps_for_one_role_or_subject_only() -> None:
    apps = defaultdict(set)
    for app in APPS:
        for path in modules(app):
            apps[path.stem].add(app)
    recurring = {stem for stem, found in apps.items() if len(found) > 1}
    assert recurring - ROLES.keys() - SUBJECTS.keys() == IN_TWO_SENSES
    assert SUBJECTS.keys() - recurring == set()


def test_no_name_has_a_word_that_says_nothing() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for app in APPS
        for path in modules(app)
        for name in names_in(path)
        if NOT_IN_NAMES & words_of(name)
    ]
    assert found == []


def names_in(path: Path) -> Iterator[str]:
    """Yield the name of a file, and every name that it defines."""
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def words_of(name: str) -> set[str]:
    """Split a name into its words, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


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
