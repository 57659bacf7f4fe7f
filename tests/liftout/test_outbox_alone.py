"""``outbox/`` alone works in an empty Django project: commands, a subscriber, worker and beat."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from tests.copies import ROOT, own_database, python, run_in

PROJECT = Path(__file__).parent / "project"


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
def project(tmp_path: Path) -> Iterator[Project]:
    folder = tmp_path / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        ROOT / "outbox", folder / "outbox", ignore=shutil.ignore_patterns("__pycache__")
    )
    name = f"liftout_{os.getpid()}"
    administer("CREATE DATABASE {}", name)
    variables = {
        "DATABASE_URL": own_database(name),
        "DJANGO_SETTINGS_MODULE": "settings",
        "BELLS": str(tmp_path / "bells.txt"),
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
