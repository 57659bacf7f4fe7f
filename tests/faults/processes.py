"""Processes of the application, on the database of the test that runs them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

from django.db import connection, connections

from config.environment.variables import ROOT
from config.routing import READMODELS

SECONDS_TO_SETTLE = 30
"""RELIABILITY.md: so long after the last fault the system has settled by itself."""

SECONDS_TO_START = 120
"""So long a process may take until it is up: much else may start beside it."""

QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=INFO")


@contextmanager
def running(log: Path, *words: str, variables: Mapping[str, str]) -> Iterator[int]:
    """Run a Python module as a process group until the block ends; yield its number."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env={**os.environ, **databases(), **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    try:
        yield process.pid
    finally:
        kill_group(process)


@contextmanager
def worker(
    log: Path, variables: Mapping[str, str] | None = None, *, app: str = "config"
) -> Iterator[int]:
    """Run a worker of two processes, with its beat; wait until it is ready for work.

    The gateway is slow enough to be caught in the middle; what a dead worker held is free soon.
    """
    words = ("celery", "--app", app, "worker", "--beat", "--concurrency=2", *QUIET)
    schedule = f"--schedule={log.with_suffix('.schedule')}"
    slow = {
        "SANDBOX_DELAY_SECONDS": "0.05",
        "OUTBOX_BATCH": "20",
        "STATEMENT_TIMEOUT_SECONDS": "3",
        "OUTBOX_LEASE_SECONDS": "8",
        **(variables or {}),
    }
    before = times_ready(log)
    with running(log, *words, schedule, variables=slow) as group:
        wait_until(lambda: times_ready(log) > before, log=log, seconds=SECONDS_TO_START)
        yield group


def times_ready(log: Path) -> int:
    """Count how often a worker with this log has been ready for work."""
    return log.read_text().count(" ready.") if log.exists() else 0


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children where they stand, stopped ones too."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        process.wait()


def databases() -> dict[str, str]:
    """Return the variables that lead to the databases of this test."""
    urls = {"DATABASE_URL": database_url()}
    if READMODELS in connections:
        name = connections[READMODELS].settings_dict["NAME"]
        urls["READMODEL_DATABASE_URL"] = database_url(name=name)
    return urls


def database_url(**parts: str | int) -> str:
    """Return the URL of this test's database, or of the same behind another address."""
    at = connection.settings_dict | {key.upper(): value for key, value in parts.items()}
    host, port = quote(str(at["HOST"]), safe=""), at["PORT"] or 5432
    password = f":{quote(at['PASSWORD'])}" if at["PASSWORD"] else ""
    return f"postgres://{at['USER']}{password}@{host}:{port}/{at['NAME']}"


def wait_until(
    condition: Callable[[], bool], *, log: Path | None = None, seconds: float = SECONDS_TO_SETTLE
) -> None:
    """Poll until the condition holds.

    :raises AssertionError: it does not within ``seconds``; shows how the log ends.
    """
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, log.read_text()[-3000:] if log else "in vain"
        time.sleep(0.02)


def serves(port: int) -> bool:
    """Tell whether the application behind the socket, which opens earlier, has been loaded."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
        try:
            connection.request("HEAD", "/")
            return connection.getresponse().status < 500
        except OSError:
            return False
