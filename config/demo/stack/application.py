"""The programs of the application: web, worker and beat."""

import os
import sys
from pathlib import Path

from config.demo.stack.programs import Program
from config.environment.paths import ROOT

WEB_WORKERS, THREADS_PER_WEB_WORKER = 2, 4
FEWEST_WORKERS = 2


def application(variables: dict[str, str], *, address: str) -> list[Program]:
    """Return the programs that serve requests, deliver messages, and queue periodic tasks.

    :param variables: the environment of all three, on top of our own.
    :param address: where web listens, such as ``127.0.0.1:8000``.
    """
    return [
        _program("web", _web(address), variables),
        _program("worker", _worker(), variables),
        _program("beat", ("celery", "--app", "config", "beat"), variables),
    ]


def mailbox(folder: Path, *, address: str) -> Program:
    """Return the program that shows mails in a browser."""
    return _program("mailbox", ("config.demo.stack.mailbox", str(folder), address), {})


def _program(name: str, command: tuple[str, ...], variables: dict[str, str]) -> Program:
    module, *words = command
    return Program(
        name=name,
        command=(sys.executable, "-m", module, *words),
        folder=ROOT,
        variables=variables,
    )


def _web(address: str) -> tuple[str, ...]:
    return (
        "gunicorn",
        "config.wsgi",
        f"--bind={address}",
        "--worker-class=config.http.buffering.BufferingWorker",
        f"--workers={WEB_WORKERS}",
        f"--threads={THREADS_PER_WEB_WORKER}",
        "--graceful-timeout=2",
        "--no-control-socket",
    )


def _worker() -> tuple[str, ...]:
    return (
        *("celery", "--app", "config", "worker"),
        f"--concurrency={max(os.cpu_count() or 1, FEWEST_WORKERS)}",
        # Workers share nothing but the database, and need not know of each other.
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        f"--hostname=orders-{os.getpid()}@%h",
    )
