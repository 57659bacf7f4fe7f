"""Faults of PostgreSQL and of the broker."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from random import Random

import psycopg
import redis

from tests.nemesis.faults import fault
from tests.nemesis.site import Site
from tests.nemesis.to_processes import children_of
from tests.ports import HOST

HOT_TABLES = (
    "outbox_lane",
    "outbox_message",
    "outbox_conversation",
    "orders_order",
    "sagas_sagainstance",
    "payments_paymentoperation",
    "inventory_stockitem",
)
END_SESSIONS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def _ask(site: Site, *statements: str) -> None:
    """Run statements past the wires; a server that is away has a fault already."""
    with suppress(psycopg.OperationalError, psycopg.InternalError), site.session() as session:
        for each in statements:
            session.execute(each.encode())


def _end_server(site: Site, how: signal.Signals) -> None:
    site.child("postgres").process.send_signal(how)
    site.child("postgres").process.wait()


@fault("PostgreSQL is restarted (fast)", at="postgres", weight=2)
def restarted_fast(site: Site, _: Random) -> Iterator[None]:
    _end_server(site, signal.SIGINT)
    yield


@fault("PostgreSQL is restarted (immediate)", at="postgres", weight=2)
def restarted_immediately(site: Site, _: Random) -> Iterator[None]:
    _end_server(site, signal.SIGQUIT)
    yield


@fault("PostgreSQL is killed", at="postgres", weight=2)
def killed(site: Site, _: Random) -> Iterator[None]:
    _end_server(site, signal.SIGKILL)
    yield


@fault("PostgreSQL is away", at="postgres", seconds=(1, 4), weight=2)
def away(site: Site, _: Random) -> Iterator[None]:
    _end_server(site, signal.SIGQUIT)
    site.keep_down("postgres", 60)
    yield
    site.child("postgres").due = time.monotonic()


@fault("a process of PostgreSQL is killed", at="postgres", weight=3)
def backend_killed(site: Site, random: Random) -> Iterator[None]:
    with suppress(OSError, IndexError):
        os.kill(random.choice(_backends(site)), signal.SIGKILL)
    yield


@fault("PostgreSQL hangs", at="postgres", seconds=(1, 4), weight=3)
def hanging(site: Site, _: Random) -> Iterator[None]:
    leader = site.child("postgres").process.pid
    for each in (stopped := [leader, *_backends(site)]):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGSTOP)
    yield
    for each in stopped:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGCONT)


@fault("sessions are ended", at="sessions", weight=8)
def sessions_ended(site: Site, _: Random) -> Iterator[None]:
    _ask(site, END_SESSIONS)
    yield


@fault("PostgreSQL is read-only", at="settings", seconds=(1, 3), weight=3)
def read_only(site: Site, _: Random) -> Iterator[None]:
    reload = "SELECT pg_reload_conf()"
    _ask(site, "ALTER SYSTEM SET default_transaction_read_only = on", reload)
    yield
    for _attempt in range(100):
        with suppress(psycopg.OperationalError), site.session() as session:
            session.execute("SET default_transaction_read_only = off")
            session.execute("ALTER SYSTEM RESET default_transaction_read_only")
            session.execute(reload)
            return
        time.sleep(0.1)


@fault("a table is locked", at="tables", seconds=(0.3, 2), weight=8)
def table_locked(site: Site, random: Random) -> Iterator[None]:
    table = random.choice(HOT_TABLES)
    with _transaction(site, "SET LOCAL lock_timeout = '1s'", f"LOCK TABLE {table}"):
        yield


@fault("an old transaction keeps vacuum from its work", at="snapshot", seconds=(2, 8), weight=3)
def old_transaction(site: Site, _: Random) -> Iterator[None]:
    repeatable = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
    with _transaction(site, repeatable, "SELECT count(*) FROM outbox_lane"):
        yield


@contextmanager
def _transaction(site: Site, *statements: str) -> Iterator[None]:
    """Keep a transaction open; another fault may end it at any time."""
    with ExitStack() as stack:
        with suppress(psycopg.OperationalError, psycopg.InternalError):
            session = stack.enter_context(site.session())
            session.execute("BEGIN")
            for each in statements:
                session.execute(each.encode())
        yield
        with suppress(psycopg.OperationalError, psycopg.InternalError):
            stack.close()


@fault(
    "PostgreSQL's disk is full",
    at="disk",
    seconds=(0.5, 2),
    weight=2,
    possible=lambda site: site.disk.is_own,
)
def disk_full(site: Site, _: Random) -> Iterator[None]:
    with site.disk.full():
        yield


def _backends(site: Site) -> list[int]:
    leader = site.child("postgres").process.pid
    return children_of(leader)


@fault("the broker forgets everything", at="broker", weight=6)
def forgets(site: Site, _: Random) -> Iterator[None]:
    with suppress(redis.RedisError):
        site.broker.forget()
    yield


@fault("the broker is killed and is away", at="broker", seconds=(0.2, 4), weight=2)
def broker_away(site: Site, _: Random) -> Iterator[None]:
    site.broker.kill()
    yield
    site.broker.start()


@fault("the broker hangs", at="broker", seconds=(1, 4), weight=2)
def broker_hangs(site: Site, _: Random) -> Iterator[None]:
    with site.broker.frozen():
        yield


@fault("an old dump of the broker is restored", at="broker", seconds=(1, 3), weight=1)
def old_dump(site: Site, _: Random) -> Iterator[None]:
    with suppress(redis.RedisError):
        site.broker.dump()
    yield
    site.broker.kill()
    site.broker.start()
    site.broker.forget_dump()


REFUSALS = {
    "the broker is demoted to a replica": (("REPLICAOF", HOST, "1"), ("REPLICAOF", "NO", "ONE")),
    "the broker forbids to listen": (
        ("ACL", "SETUSER", "default", "-brpop"),
        ("ACL", "SETUSER", "default", "+brpop"),
    ),
    "the broker forbids to ring": (
        ("ACL", "SETUSER", "default", "-lpush", "-rpush"),
        ("ACL", "SETUSER", "default", "+lpush", "+rpush"),
    ),
    "the broker is full": (
        ("CONFIG", "SET", "maxmemory", "1"),
        ("CONFIG", "SET", "maxmemory", "0"),
    ),
    "the broker ends its connections": (("CLIENT", "KILL", "TYPE", "normal"), ("PING",)),
    "the broker gives workers nonsense": (("LPUSH", "orders", "no JSON"), ("PING",)),
}


def _refuse(name: str, begin: tuple[str, ...], end: tuple[str, ...]) -> None:
    @fault(name, at="broker", seconds=(0.5, 3), weight=2)
    def refusing(site: Site, _: Random) -> Iterator[None]:
        site.broker.ask(*begin)
        yield
        site.broker.ask(*end)


for _name, (_begin, _end) in REFUSALS.items():
    _refuse(_name, _begin, _end)
