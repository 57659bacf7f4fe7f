"""The wheel of ``outbox/`` works in an empty Django project, and with it that of the engine."""

import ast
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import LiteralString
from zipfile import ZipFile

import psycopg
import pytest
from psycopg import sql

from tests.copies import own_database, python, run_in
from tests.wheels.building import COMPILED, MESSAGING, SAGAS, Distribution, build

PROJECT = Path(__file__).parent / "project"
WITH_SAGAS = Path(__file__).parent / "sagas"
OPTIONAL = "opentelemetry"
"""Of tracing, which is off until it is installed."""

OF_CELERY = "kombu"


@dataclass(frozen=True)
class Project:
    """A project in a folder of its own, with a database of its own."""

    folder: Path
    variables: dict[str, str]

    @property
    def bells(self) -> Path:
        """The porter's book."""
        return Path(self.variables["BELLS"])

    def manage(self, *words: str) -> str:
        return python(self.folder, "manage", *words, **self.variables)

    def ring(self, number: int) -> None:
        run_in(self.folder, sys.executable, "ring.py", str(number), **self.variables)


def administer(statement: LiteralString, name: str) -> None:
    """Create or drop a database; processes of a run share the server."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(sql.SQL(statement).format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Build the wheels, that of messaging first."""
    return build(tmp_path_factory.mktemp("wheels"))


@pytest.fixture
def folder(tmp_path: Path, wheels: list[Path]) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(PROJECT, folder, ignore=COMPILED)
    install(wheels[0], folder)
    return folder


def install(wheel: Path, folder: Path) -> None:
    """Install a wheel beside a project; what it requires is installed here already."""
    words = ("install", "--quiet", "--no-deps", "--no-index", "--upgrade")
    run_in(folder, sys.executable, "-m", "pip", *words, "--target", str(folder), str(wheel))


@pytest.mark.parametrize("distribution", [MESSAGING, SAGAS], ids=lambda each: each.name)
def test_a_wheel_requires_all_that_its_modules_import(
    distribution: Distribution, wheels: list[Path]
) -> None:
    of_modules = packages_distributions()
    (wheel,) = (
        each for each in wheels if each.name.startswith(distribution.name.replace("-", "_"))
    )
    with ZipFile(wheel) as files:
        modules = [files.read(each) for each in files.namelist() if each.endswith(".py")]
    found = {name for module in modules for name in imported(module.decode())} - {OPTIONAL}
    needs = {name.lower().replace("_", "-") for each in found for name in of_modules.get(each, ())}
    assert needs <= {*distribution.needs, OF_CELERY}


def imported(module: str) -> set[str]:
    """Return the top-level names that a module imports."""
    statements = list(ast.walk(ast.parse(module)))
    plain = {
        each.name for node in statements if isinstance(node, ast.Import) for each in node.names
    }
    named = {node.module or "" for node in statements if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in plain | named}


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    with opened(folder, "settings") as project:
        yield project


@contextmanager
def opened(folder: Path, settings: str) -> Iterator[Project]:
    """Give a project a database with its tables, for as long as the block lasts."""
    name = f"liftout_{os.getpid()}"
    administer("CREATE DATABASE {}", name)
    variables = {
        "DATABASE_URL": own_database(name),
        "DJANGO_SETTINGS_MODULE": settings,
        "BELLS": str(folder.parent / "bells.txt"),
    }
    found = Project(folder, variables)
    found.manage("migrate", "-v", "0")
    yield found
    administer("DROP DATABASE {} WITH (FORCE)", name)


def test_its_commands_work(project: Project) -> None:
    assert "no issues" in project.manage("check")
    assert "No changes" in project.manage("makemigrations", "--check", "outbox")
    assert "BellRang.v1" in project.manage("export_schemas")
    project.ring(1)
    assert "porter" in project.manage("outbox", "status")


def test_its_admin_shows_what_is_owed(project: Project) -> None:
    project.ring(1)
    said = run_in(project.folder, sys.executable, "look.py", **project.variables)
    assert said.split() == ["200", "200", "200"]


def test_sagas_work_on_top_of_it_without_orders(folder: Path, wheels: list[Path]) -> None:
    shutil.copytree(WITH_SAGAS, folder, ignore=COMPILED, dirs_exist_ok=True)
    install(wheels[1], folder)
    with opened(folder, "with_sagas") as project:
        assert "no issues" in project.manage("check")
        assert "No changes" in project.manage("makemigrations", "--check", "sagas")
        words = (sys.executable, "let_in.py", "7", "12")
        assert run_in(project.folder, *words, **project.variables).splitlines() == [
            "let_in completed: light succeeded, open succeeded",
            "let_in compensated: light compensated, open failed",
        ]


def test_a_worker_with_beat_hands_a_subscriber_what_was_published(project: Project) -> None:
    project.ring(7)
    command = [sys.executable, "-m", "celery", "-A", "worker", "worker", "-B", "-c", "1"]
    schedule = ["-s", str(project.folder / "beat")]
    inherited = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    with (project.folder / "log").open("w") as log:
        worker = subprocess.Popen(
            [*command, *schedule],
            cwd=project.folder,
            env={**inherited, **project.variables},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            until = time.monotonic() + 40
            while not project.bells.exists() and time.monotonic() < until:
                time.sleep(0.2)
        finally:
            worker.terminate()
            worker.wait(20)
    assert project.bells.exists(), (project.folder / "log").read_text()
    assert project.bells.read_text() == "7\n"
