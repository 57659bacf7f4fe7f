"""What a fault run torments: servers, the wires between them, and production's processes.

The run itself uses no code of the application: it sees what an operator and a customer see.
"""

import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from config.demo.stack.postgres import DATABASE, postgres, postgres_answers
from config.demo.stack.programs import Owner, Program
from config.demo.stack.supervisor import FIRST_PAUSE, Child, Supervisor
from config.environment.paths import ROOT
from tests.faults.brokers import Redis, make_broker
from tests.faults.clocks.clock import Clock
from tests.faults.processes import QUIET, serves
from tests.faults.wire import Wire
from tests.nemesis.disk import Disk
from tests.ports import HOST, free_port

APPLICATION = ("web", "worker-1", "worker-2", "beat")
SECONDS_PER_STATEMENT = 2
LEASE_SECONDS = 7
SIGNED_WITH = "a secret of fault runs"
LITTLE_LOG = ("-c", "max_wal_size=128MB", "-c", "min_wal_size=32MB")


@dataclass
class Site:
    """The running system.

    :ivar wires: to PostgreSQL from web and from the rest, and to the broker, by name.
    :ivar outbox: the folder into which mails are written.
    """

    folder: Path
    supervisor: Supervisor
    sockets: Path
    disk: Disk
    broker: Redis
    wires: dict[str, Wire]
    web: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.book = self.folder / "book.sqlite3"
        self.outbox = self.folder / "mail"
        self.clocks = {
            name: Clock(self.folder / f"{name}.clock", 0) for name in (*APPLICATION, "another-beat")
        }

    def child(self, name: str) -> Child:
        return next(each for each in self.supervisor.children if each.program.name == name)

    def watch(self) -> None:
        """Restart what has died, each time after the same short pause, as service managers do."""
        for child in self.supervisor.children:
            child.pause = FIRST_PAUSE / 2
        self.supervisor.watch()

    def keep_down(self, name: str, seconds: float) -> None:
        """Let a program that has just ended be restarted later."""
        child = self.child(name)
        child.process.wait()
        child.due = time.monotonic() + seconds

    def serves(self) -> bool:
        return serves(self.web)

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection[Any]]:
        """Connect to PostgreSQL, past the wires."""
        with psycopg.connect(
            host=str(self.sockets),
            user=DATABASE,
            dbname=DATABASE,
            autocommit=True,
            connect_timeout=5,
        ) as session:
            yield session

    def variables(self, wire: str | None = None) -> dict[str, str]:
        """Return the settings of production, with PostgreSQL behind a wire if one is named."""
        host = HOST if wire else str(self.sockets).replace("/", "%2F")
        port = self.wires[wire].port if wire else 5432
        return {
            "DATABASE_URL": f"postgres://{DATABASE}@{host}:{port}/{DATABASE}",
            "REDIS_URL": self.broker.url(self.wires["broker"].port),
            "DEBUG": "0",
            "HTTPS": "0",
            "SECRET_KEY": self.secret_key,
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "PAYMENT_GATEWAY": "sandbox",
            "SANDBOX_ALLOWED": "1",
            "SANDBOX_BOOK": str(self.book),
            "SANDBOX_DELAY_SECONDS": "0.02",
            "SANDBOX_WEBHOOK_SECRET": SIGNED_WITH,
            "WEBHOOK_SECRET_KEYS": "Zm9yLXRoZS10ZXN0cy1vbmx5LTMyLWJ5dGVzLWxvbmc=",
            "EMAIL_URL": f"file:{self.outbox}",
            "EMAIL_FROM": "orders@shop.example",
            "API_REQUESTS_PER_MINUTE": "0",
            "UNPAID_HOLDS_PER_CUSTOMER": "1000000",
            "STATEMENT_TIMEOUT_SECONDS": str(SECONDS_PER_STATEMENT),
            "OUTBOX_LEASE_SECONDS": str(LEASE_SECONDS),
            "OUTBOX_BATCH": "20",
        }

    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def manage(self, *words: str) -> Program:
        """Return a management command, which reaches PostgreSQL past the wires."""
        command = (sys.executable, str(ROOT / "manage.py"), *words)
        return Program(name=words[0], command=command, folder=ROOT, variables=self.variables())

    def application(self, plant: str | None) -> list[Program]:
        """Return web, two workers and beat as production runs them, with a bug planted if named."""
        wsgi, celery = ("tests.nemesis.planted",) * 2 if plant else ("config.wsgi", "config")
        web = (
            *("gunicorn", wsgi, f"--bind={HOST}:{self.web}", "--workers=2", "--threads=4"),
            *("--worker-class=config.http.buffering.BufferingWorker", "--graceful-timeout=2"),
            "--no-control-socket",
        )
        worker = ("celery", "--app", celery, "worker", "--concurrency=2", *QUIET)
        commands = {
            "web": web,
            "worker-1": (*worker, "--hostname=one@%h"),
            "worker-2": (*worker, "--hostname=two@%h"),
            "beat": ("celery", "--app", celery, "beat"),
        }
        return [self.program(name, *words, plant=plant) for name, words in commands.items()]

    def program(self, name: str, *words: str, plant: str | None = None) -> Program:
        wire = "web to PostgreSQL" if name == "web" else "workers to PostgreSQL"
        variables = {**self.variables(wire), **self.clocks[name].variables}
        if words[0] == "celery" and "beat" in words:
            words = (*words, f"--schedule={self.folder / name}.schedule")
        return Program(
            name=name,
            command=(sys.executable, "-m", *words),
            folder=ROOT,
            variables={**variables, **({"PLANT": plant} if plant else {})},
        )


@contextmanager
def built() -> Iterator[Site]:
    """Start PostgreSQL and a broker, lay the wires, and leave nothing behind but the logs."""
    owner = Owner.of_servers()
    folder = Path(tempfile.mkdtemp(prefix="orders-faults-"))
    sockets = owner.new_folder(prefix="orders-")
    home = owner.new_folder(prefix="orders-data-")
    supervisor = Supervisor(logs=folder)
    broker = make_broker("valkey", folder)
    assert isinstance(broker, Redis)
    wires: dict[str, Wire] = {}
    with Disk.of(home, owner) as disk:
        try:
            server = postgres(home, sockets, owner, durable=False)
            supervisor.start([replace(server, command=(*server.command, *LITTLE_LOG))])
            broker.start()
            supervisor.wait_until(
                lambda: postgres_answers(sockets), seconds=30, what="PostgreSQL does not answer"
            )
            at = sockets / ".s.PGSQL.5432"
            wires |= {"web to PostgreSQL": Wire(at), "workers to PostgreSQL": Wire(at)}
            wires["broker"] = Wire((HOST, broker.port))
            yield Site(folder, supervisor, sockets, disk, broker, wires)
        finally:
            supervisor.stop()
            broker.kill()
            for wire in wires.values():
                wire.close()
    for each in (home, sockets, folder):
        shutil.rmtree(each, ignore_errors=True)


def keep_logs(site: Site, target: Path) -> None:
    """Copy the logs of a run to where they stay, in place of those of the last one."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for log in site.folder.glob("*.log"):
        shutil.copy(log, target)


def environment() -> dict[str, str]:
    """Return the environment without the servers of others."""
    others = {"DATABASE_URL", "REDIS_URL", "BROKER_URL", "READMODEL_DATABASE_URL"}
    return {name: text for name, text in os.environ.items() if name not in others}
