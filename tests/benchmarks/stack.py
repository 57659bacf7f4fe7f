"""What every benchmark runs on: servers, database, book and logs of its own."""

import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg

from config.demo.stack.application import application
from config.demo.stack.programs import Owner, Program
from config.demo.stack.servers import prepare_servers
from config.demo.stack.signals import ignore_signals
from config.demo.stack.supervisor import Supervisor
from config.environment.paths import ROOT, STATE
from tests.benchmarks.invalid import InvalidRun

# Lies on a disk where the folder for temporary files may lie in memory: fsync has to cost.
ON_DISK = "/var/tmp"  # noqa: S108 - only folders made by mkdtemp go here
BETWEEN_POLLS = 0.02
MIGRATED = "migrated"
LOGS = STATE / "logs" / "benchmarks"


@dataclass(frozen=True)
class Stack:
    """Running servers with an empty, migrated database; ``database`` is our window into it."""

    supervisor: Supervisor
    database: psycopg.Connection[Any]

    def ask(self, query: str, *values: Any) -> Any:
        """Return the first column of the first row."""
        row = self.database.execute(query, values).fetchone()
        assert row is not None
        return row[0]

    def wait_until(self, condition: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Poll until the condition holds.

        :raises InvalidRun: it does not within ``seconds``; ``what`` says what did not happen.
        """
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise InvalidRun(f"{what} within {seconds:.0f} seconds; the logs are in {LOGS}")
            self.supervisor.watch()
            time.sleep(BETWEEN_POLLS)

    @contextmanager
    def running(self, programs: Iterable[Program]) -> Iterator[None]:
        """Run these beside the servers, and end them after the block."""
        programs = list(programs)
        self.supervisor.start(programs)
        try:
            yield
        finally:
            self.supervisor.stop(*(program.name for program in programs))

    def manage(self, *words: str, variables: dict[str, str] | None = None) -> None:
        """Run a management command to its end.

        :raises InvalidRun: it ends with another status than 0.
        """
        command = (sys.executable, str(ROOT / "manage.py"), *words)
        program = Program(name=words[0], command=command, folder=ROOT, variables=variables or {})
        if status := self.supervisor.run(program):
            raise InvalidRun(f"manage.py {' '.join(words)} ended with status {status}")


def delivering(
    settings: str = "config.settings",
    *,
    processes: int | None = None,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> list[Program]:
    """Return the worker and beat as production starts them.

    :param processes: of the worker; as many as production starts without.
    :param variables: of the environment.
    """
    programs = application({"DJANGO_SETTINGS_MODULE": settings, **variables}, address="")
    return [
        replace(program, command=_with_processes(program.command, processes))
        for program in programs
        if program.name != "web"
    ]


def _with_processes(command: tuple[str, ...], processes: int | None) -> tuple[str, ...]:
    """Replace how many processes a worker has; the command of beat has no such word."""
    if processes is None:
        return command
    return tuple(
        f"{word.partition('=')[0]}={processes}" if word.startswith("--concurrency=") else word
        for word in command
    )


@contextmanager
def running_stack() -> Iterator[Stack]:
    """Start servers, migrate, and leave nothing behind but the logs.

    Servers named in the environment are passed over: a run has to know what it measures.
    """
    for variable in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(variable, None)
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    home = Owner.of_servers().new_folder(prefix="orders-bench-", within=ON_DISK)
    book = Path(tempfile.mkdtemp(prefix="orders-bench-", dir=ON_DISK))
    supervisor = Supervisor(logs=LOGS)
    servers = prepare_servers(home)
    try:
        supervisor.start(servers.programs)
        supervisor.wait_until(servers.ready, seconds=60, what="The servers do not answer")
        os.environ |= {**servers.variables, **_settings(book)}
        with psycopg.connect(servers.variables["DATABASE_URL"], autocommit=True) as database:
            server = Stack(supervisor, database)
            _migrate(server)
            with another_database(server, "bench") as stack:
                yield stack
    finally:
        ignore_signals()
        supervisor.stop()
        servers.forget()
        for folder in (home, book):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def another_database(stack: Stack, name: str) -> Iterator[Stack]:
    """Turn to another database of the server until the block ends; make it, empty, if need be."""
    before = os.environ["DATABASE_URL"]
    if not stack.ask("SELECT count(*) FROM pg_database WHERE datname = %s", name):
        stack.database.execute(f"CREATE DATABASE {name} TEMPLATE {MIGRATED}")
    os.environ["DATABASE_URL"] = _address(name)
    try:
        with psycopg.connect(_address(name), autocommit=True) as database:
            yield replace(stack, database=database)
    finally:
        os.environ["DATABASE_URL"] = before


def _migrate(stack: Stack) -> None:
    """Make the database that all others are copies of."""
    stack.database.execute(f"CREATE DATABASE {MIGRATED}")
    address = {"DATABASE_URL": _address(MIGRATED)}
    stack.manage("migrate", "--run-syncdb", "--verbosity=0", variables=address)


def _address(name: str) -> str:
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"


def _settings(book: Path) -> dict[str, str]:
    """Return the settings of production, with the baseline's tables beside our own."""
    return {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.monolith.settings",
        "DEBUG": "0",
        "PAYMENT_GATEWAY": "sandbox",
        "SANDBOX_ALLOWED": "1",
        "API_REQUESTS_PER_MINUTE": "0",
        "HTTPS": "0",
        "ALLOWED_HOSTS": "localhost",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "SANDBOX_BOOK": str(book / "sandbox.sqlite3"),
    }
