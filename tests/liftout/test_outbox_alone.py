"""``outbox/`` alone works in an empty Django project, and so does the saga engine on top of it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from tests.copies import ROOT, own_database, python, run_in

PROJECT = Path(__file__).parent / "project"
SAGAS = Path(__file__).parent / "sagas"
COMPILED = shutil.ignore_patterns("__pycache__")
OF_THE_SHOP = ("admin", "definitions", "management", "operators")
"""What of ``orders/sagas`` stays behind: the shop's own sagas, and what operators do to them."""


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(PROJECT, folder, ignore=COMPILED)
    shutil.copytree(ROOT / "outbox", folder / "outbox", ignore=COMPILED)
    return folder


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


def test_sagas_work_on_top_of_it_without_orders(folder: Path) -> None:
    shutil.copytree(SAGAS, folder, ignore=COMPILED, dirs_exist_ok=True)
    left = shutil.ignore_patterns("__pycache__", *OF_THE_SHOP)
    shutil.copytree(ROOT / "orders" / "sagas", folder / "orders" / "sagas", ignore=left)
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
