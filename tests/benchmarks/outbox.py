"""Messages per second from outbox to subscriber, and the latency of one hop, beside rivals."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

import psycopg

from config.environment import ROOT
from config.stack.application import application
from config.stack.programs import Program
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.messaging.effects import TABLE, TELL, TELL_NO_MORE
from tests.benchmarks.noops import noops_per_second
from tests.benchmarks.options import option, patience
from tests.benchmarks.report import Figure, say
from tests.benchmarks.rivals import environment_of_rivals, manage
from tests.benchmarks.stack import Stack

PROCESSES = 2
WARMING_UP = 200
RELIABLE, DOMAIN = "django-reliable-outbox, two processes", "django-domain-events, two processes"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much is run."""

    messages: int = option(10_000, "a round")
    rounds: int = option(3, "of ours and each rival")
    rate: float = option(20.0, "messages per second, for the latency")
    seconds: float = option(10.0, "how long at that pace")
    patience: float = patience(300.0, "a part")


@dataclass(kw_only=True)
class System:
    """One way to get messages to a subscriber.

    :ivar publish: the function that publishes a number, ``module:name``.
    :ivar workers: the programs that deliver.
    """

    python: Path
    publish: str
    workers: list[Program]
    variables: Mapping[str, str]
    database: psycopg.Connection[tuple[int]]
    published: int = 0
    per_second: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Let each system in turns drain a backlog, and carry messages at an even pace.

    :raises InvalidRun: a message had no effect in time, or a rival cannot be installed.
    """
    noops: list[float] = []
    with environment_of_rivals() as python:
        batched, single = _ours(stack, "counted"), _ours(stack, "ticked")
        batched.database.execute(TABLE)
        reliable = _rival(stack, python, "reliable", "outbox_worker")
        domain = _rival(stack, python, "domain", "deliver_events")
        for number in range(1, options.rounds + 1):
            for system in (batched, reliable, single, domain):
                _round(stack, system, options)
                pace = f"{system.per_second[-1]:.0f}/s, {system.publish}"
                say(f"round {number}: {pace}")
            noops.append(noops_per_second(stack, tasks=options.messages, seconds=options.patience))
            say(f"round {number}: {noops[-1]:.0f}/s, no-op tasks")
    return [
        *_paces(batched, single, reliable, domain, noops),
        *_latencies(batched, reliable),
    ]


def _paces(
    batched: System, single: System, reliable: System, domain: System, noops: list[float]
) -> Iterator[Figure]:
    name = "messages per second, outbox to effect"
    beside = [
        (name, batched, reliable.per_second, RELIABLE, 1.5),
        (name, batched, domain.per_second, DOMAIN, None),
        (name, batched, noops, "Celery no-op tasks, two solo workers", None),
        (f"{name}, a statement each", single, reliable.per_second, RELIABLE, None),
    ]
    for title, ours, baseline, baseline_name, bar in beside:
        yield Figure(
            name=title,
            unit="messages/s",
            ours=ours.per_second,
            baseline=baseline,
            baseline_name=baseline_name,
            bar=bar,
        )


def _latencies(ours: System, rival: System) -> Iterator[Figure]:
    for percent in (50, 99):
        yield Figure(
            name=f"publish committed to effect committed, p{percent}",
            unit="ms",
            ours=[_percentile(ours.waits, percent)],
            baseline=[_percentile(rival.waits, percent)],
            baseline_name=RELIABLE,
            bar=3,
            less_is_better=True,
        )


def _percentile(waits: list[float], percent: int) -> float:
    return quantiles(waits, n=100, method="inclusive")[percent - 1] * 1000


def _round(stack: Stack, system: System, options: Options) -> None:
    """Drain a backlog, then carry messages at an even pace, with the same workers."""
    with stack.running(system.workers):
        _drain(stack, system, WARMING_UP, options)
        system.per_second.append(
            options.messages / _drain(stack, system, options.messages, options)
        )
        system.database.execute(TELL)
        count = round(options.rate) + max(round(options.rate * options.seconds), 2)
        with _publishing(system, "pace", count, options.rate) as waits:
            system.waits += waits
        system.database.execute(TELL_NO_MORE)


def _drain(stack: Stack, system: System, count: int, options: Options) -> float:
    """Return the seconds from the commit of so many messages to the last effect."""
    first = system.published

    def done() -> bool:
        query = "SELECT count(*) FROM effect WHERE number >= %s AND number < %s"
        found = system.database.execute(query, [first, first + count]).fetchone()
        return found is not None and found[0] >= count

    with _publishing(system, "backlog", count) as begun:
        what = f"{system.publish}: the backlog is not through"
        stack.wait_until(done, seconds=options.patience, what=what)
        return time.monotonic() - float(begun)


@contextmanager
def _publishing(system: System, mode: str, count: int, *rate: float) -> Iterator[Any]:
    """Publish the next messages in a process of their own; yield what it has to say."""
    words = (system.publish, mode, str(system.published), str(count), *map(str, rate))
    system.published += count
    publisher = subprocess.Popen(
        [system.python, "-m", "tests.benchmarks.messaging.publisher", *words],
        cwd=ROOT,
        env=dict(system.variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with publisher:
        assert publisher.stdout is not None
        if not (line := publisher.stdout.readline()):
            raise InvalidRun(f"{system.publish}: publishing failed")
        yield json.loads(line)


def _ours(stack: Stack, publish: str) -> System:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.messaging.ours.settings"}
    workers = [each for each in application(settings, address="") if each.name != "web"]
    return System(
        python=Path(sys.executable),
        publish=f"tests.benchmarks.messaging.ours.publishing:{publish}",
        workers=workers,
        variables={**os.environ, **settings},
        database=stack.database,
        published=0 if publish == "counted" else 1_000_000_000,
    )


def _rival(stack: Stack, python: Path, name: str, command: str) -> System:
    stack.database.execute(f"CREATE DATABASE {name}")
    info = stack.database.info
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PGHOST": info.host,
        "PGUSER": info.user,
        "RIVAL": name,
        "DJANGO_SETTINGS_MODULE": f"tests.benchmarks.messaging.{name}.settings",
    }
    manage(python, "migrate", "--verbosity=0", variables=variables)
    database = psycopg.connect(host=info.host, user=info.user, dbname=name, autocommit=True)
    database.execute(TABLE)
    return System(
        python=python,
        publish=f"tests.benchmarks.messaging.{name}.publishing:counted",
        workers=[
            Program(
                name=f"{name}-{number}",
                command=(str(python), "-m", "django", command),
                folder=ROOT,
                variables=variables,
            )
            for number in range(PROCESSES)
        ],
        variables=variables,
        database=database,
    )
