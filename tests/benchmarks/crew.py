"""Several processes that start the same job at the same moment, and report when they are through.

A job is named, not passed: its module may need Django, which only the process itself can set up.
"""

import multiprocessing
import os
import pkgutil
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

import django

from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.stack import Stack

Job = Callable[..., Callable[[], Any]]
"""Makes everything ready, and returns the work that is timed."""

SECONDS_TO_PREPARE = 120.0
READY, START = "ready", "start"

PRELOADED = [
    "celery.app.task",
    "celery.result",
    "django.contrib.postgres.fields",
    "django.core.handlers.wsgi",
    "django.core.mail",
    "django.db.backends.postgresql.base",
    "django.views.generic",
    "psycopg_binary",
    "requests",
    "rest_framework.serializers",
    "rich.traceback",
    "structlog.dev",
    "structlog.stdlib",
    "tests.benchmarks.__main__",
]
"""What every process imports, imported once before it is forked. Nothing here opens anything."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One process at work; times are of the system-wide monotonic clock, in seconds."""

    begun: float
    ended: float
    result: Any


def at_work(
    stack: Stack,
    job: str,
    arguments: Sequence[tuple[Any, ...]],
    *,
    seconds: float,
    before_start: Callable[[], None] = lambda: None,
) -> list[Shift]:
    """Run a job in a process for each tuple of arguments.

    :param job: ``package.module:function``, a :data:`Job`.
    :param before_start: is called when all are ready and none has begun.
    :raises InvalidRun: one of them fails, or is not through within ``seconds``.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    processes, ends = [], []
    try:
        for each in arguments:
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_shift, args=(dict(os.environ), job, each, theirs), name=job, daemon=True
            )
            process.start()
            theirs.close()
            processes.append(process)
            ends.append(ours)
        _answers(stack, ends, job, seconds=SECONDS_TO_PREPARE)
        before_start()
        for end in ends:
            end.send(START)
        return [Shift(*answer) for answer in _answers(stack, ends, job, seconds=seconds)]
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _shift(
    environment: dict[str, str], job: str, arguments: tuple[Any, ...], parent: Connection
) -> None:
    """Prepare, wait for the start, work. Without its parent it ends: the connection is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # It is a fork of a process that was started earlier, with the environment of that time.
    os.environ.clear()
    os.environ.update(environment)
    try:
        django.setup()
        prepare: Job = pkgutil.resolve_name(job)
        work = prepare(*arguments)
        parent.send(READY)
        parent.recv()
        begun = time.monotonic()
        result = work()
        parent.send((begun, time.monotonic(), result))
    except EOFError:
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent has to hear of it
        parent.send(InvalidRun(f"{type(error).__name__}: {error}"))


def _answers(stack: Stack, ends: Sequence[Connection], job: str, *, seconds: float) -> list[Any]:
    deadline = time.monotonic() + seconds
    answer_of: dict[Connection, Any] = {}
    while len(answer_of) < len(ends):
        for end in wait([end for end in ends if end not in answer_of], timeout=0.1):
            assert isinstance(end, Connection)
            answer_of[end] = _received(end, job)
        stack.supervisor.watch()
        if time.monotonic() > deadline:
            raise InvalidRun(f"{job} is not through within {seconds:.0f} seconds")
    return [answer_of[end] for end in ends]


def _received(end: Connection, job: str) -> Any:
    try:
        answer = end.recv()
    except EOFError:
        raise InvalidRun(f"{job}: a process ended without an answer") from None
    if isinstance(answer, InvalidRun):
        raise InvalidRun(f"{job}: {answer}")
    return answer
