"""A PostgreSQL with a standby: the primary may die, and the standby be promoted."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from config.demo.stack.finder import postgres_programs
from config.demo.stack.postgres import DATABASE, postgres, postgres_answers
from config.demo.stack.programs import Owner, Program
from config.demo.stack.supervisor import Supervisor
from tests.faults.processes import wait_until

STANDBY = "standby"


@dataclass
class Pair:
    """Both servers, each with a folder of its own for its sockets."""

    primary: Path
    standby: Path
    supervisor: Supervisor = field(repr=False)
    log: Path

    @property
    def hosts(self) -> str:
        """Both addresses, as in a connection string of libpq."""
        return f"{self.primary},{self.standby}"

    def ask(self, sockets: Path, words: str) -> object:
        """Return the one value that a statement has, or ``None`` for a statement without any."""
        with psycopg.connect(
            host=str(sockets), user=DATABASE, dbname=DATABASE, autocommit=True
        ) as session:
            cursor = session.execute(words.encode())
            row = cursor.fetchone() if cursor.description else None
            return row and row[0]

    def lose_primary(self) -> None:
        """Let the primary die without a word to its standby."""
        primary, _ = self.supervisor.children
        self.supervisor.children.remove(primary)
        primary.process.send_signal(signal.SIGQUIT)
        primary.process.wait()

    def promote(self) -> None:
        """Make the standby the primary, once it answers."""
        wait_until(lambda: postgres_answers(self.standby))
        assert self.ask(self.standby, "SELECT pg_promote(true, 30)")

    @contextmanager
    def standby_deaf(self) -> Iterator[None]:
        """Let nothing more reach the standby; it loses what it has not written yet."""
        receiver = self.ask(self.standby, "SELECT pid FROM pg_stat_wal_receiver")
        assert isinstance(receiver, int)
        os.kill(receiver, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(receiver, signal.SIGKILL)


@contextmanager
def paired(folder: Path, *, synchronous: bool) -> Iterator[Pair]:
    """Start a primary and a standby that follows it; both end with the caller's block.

    :param synchronous: a commit is confirmed once the standby has it too.
    """
    owner = Owner.of_servers()
    homes = [owner.new_folder(prefix="orders-") for _ in range(2)]
    sockets = [owner.new_folder(prefix="orders-") for _ in range(2)]
    programs = postgres_programs(owner, copies=homes[0] / "programs")
    if not (programs / "pg_basebackup").exists():
        pytest.skip("no pg_basebackup: install PostgreSQL's client programs")
    supervisor = Supervisor(logs=folder)
    pair = Pair(sockets[0], sockets[1], supervisor, folder / "postgres.log")
    primary = postgres(homes[0], sockets[0], owner, durable=False)
    try:
        supervisor.start([primary])
        supervisor.wait_until(lambda: postgres_answers(sockets[0]), seconds=30, what="No primary")
        supervisor.start([_standby(primary, homes, sockets, programs, owner)])
        wait_until(lambda: _follows(pair))
        if synchronous:
            pair.ask(pair.primary, f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
            pair.ask(pair.primary, "SELECT pg_reload_conf()")
        yield pair
    finally:
        supervisor.stop()
        for each in (*homes, *sockets):
            shutil.rmtree(each, ignore_errors=True)


def _standby(
    primary: Program, homes: list[Path], sockets: list[Path], programs: Path, owner: Owner
) -> Program:
    data = homes[1] / "postgres"
    source = f"host={sockets[0]} user={DATABASE} application_name={STANDBY}"
    words = ("-D", str(data), "-d", source, "-R", "-X", "stream", "-c", "fast")
    made = owner.run(str(programs / "pg_basebackup"), *words)
    assert made.returncode == 0, made.stderr
    at = primary.command.index("-D") + 1
    command = [*primary.command]
    command[at] = str(data)
    return Program(
        name=STANDBY,
        command=tuple(word.replace(str(sockets[0]), str(sockets[1])) for word in command),
        folder=homes[1],
        owner=owner,
        stop_signal=signal.SIGINT,
    )


def _follows(pair: Pair) -> bool:
    try:
        return pair.ask(pair.primary, "SELECT count(*) FROM pg_stat_replication") == 1
    except psycopg.OperationalError:
        return False
