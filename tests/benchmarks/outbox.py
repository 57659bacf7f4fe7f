"""Messages per second from outbox to subscriber, and the latency of one hop, beside rivals."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

import psycopg

from config.demo.stack.programs import Program
from config.environment.paths import ROOT
from tests.benchmarks.installing import entered_if_installable
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.messaging.effects import TABLE, TELL, TELL_NO_MORE
from tests.benchmarks.noops import noops_per_second
from tests.benchmarks.options import option, patience
from tests.benchmarks.report import Figure, say
from tests.benchmarks.rivals import manage, rivals_installed, variables_of
from tests.benchmarks.stack import Stack, delivering

SETTINGS = "tests.benchmarks.messaging.ours.settings"
PROCESSES = 2
WARMING_UP = 200
RELIABLE, DOMAIN = "django-reliable-outbox, two processes", "django-domain-events, two processes"
NOOPS = "Celery no-op tasks, two solo workers"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much is run."""

    messages: int = option(10_000, "a round")
    rounds: int = option(3, "of ours and each rival")
    rate: float = option(20.0, "messages per second, for the latency")
    seconds: float = option(10.0, "how long at that pace")
    patience: float = patience(300.0, "a part")


QUICK = Options(messages=200, rounds=1, seconds=1.0)


@dataclass(kw_only=True)
class System:
    """One way to get messages to a subscriber.

    :ivar publish: the function that publishes a number, ``module:name``.
    :ivar workers: the programs that deliver.
    """

    publish: str
    workers: list[Program]
    variables: Mapping[str, str]
    database: psycopg.Connection[tuple[int]]
    published: int = 0
    per_second: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Let each system in turns drain a backlog, and carry messages at an even pace.

    :raises InvalidRun: a message had no effect in time.
    """
    batched, single = _ours(stack, "counted"), _ours(stack, "ticked")
    batched.database.execute(TABLE)
    noops: list[float] = []
    with ExitStack() as exits:
        rivals = _rivals(stack, exits)
        for number in range(1, options.rounds + 1):
            for system in (batched, single, *rivals.values()):
                _round(stack, system, options)
                say(f"round {number}: {system.per_second[-1]:.0f}/s, {system.publish}")
            noops.append(noops_per_second(stack, tasks=options.messages, seconds=options.patience))
            say(f"round {number}: {noops[-1]:.0f}/s, no-op tasks")
    return [*_paces(batched, single, rivals, noops), *_latencies(batched, rivals)]


def _rivals(stack: Stack, exits: ExitStack) -> dict[str, System]:
    """Return the rivals by their names; none where they cannot be installed."""
    if not (folder := entered_if_installable(exits, rivals_installed())):
        return {}
    return {
        RELIABLE: _rival(stack, folder, "reliable", "outbox_worker"),
        DOMAIN: _rival(stack, folder, "domain", "deliver_events"),
    }


def _paces(
    batched: System, single: System, rivals: dict[str, System], noops: list[float]
) -> Iterator[Figure]:
    name = "messages per second, outbox to effect"
    paces = {NOOPS: noops, **{name: rival.per_second for name, rival in rivals.items()}}
    beside = [
        (name, batched, RELIABLE, 12),
        (name, batched, DOMAIN, None),
        (name, batched, NOOPS, 8),
        (f"{name}, a statement each", single, RELIABLE, None),
    ]
    for title, ours, baseline, bar in beside:
        if baseline in paces:
            yield Figure(
                name=title,
                unit="messages/s",
                ours=ours.per_second,
                baseline=paces[baseline],
                baseline_name=baseline,
                bar=bar,
            )


def _latencies(ours: System, rivals: dict[str, System]) -> Iterator[Figure]:
    beside = rivals.get(RELIABLE)
    for percent in (50, 99):
        yield Figure(
            name=f"publish committed to effect committed, p{percent}",
            unit="ms",
            ours=[_percentile(ours.waits, percent)],
            baseline=[_percentile(beside.waits, percent)] if beside else (),
            baseline_name=RELIABLE,
            bar=1.5,
            less_is_better=True,
        )


def _percentile(waits: list[float], percent: int) -> float:
    return quantiles(waits, n=100, method="inclusive")[percent - 1] * 1000


def _round(stack: Stack, system: System, options: Options) -> None:
    """Drain a backlog, then carry messages at an even pace, with the same workers."""
    with stack.running(system.workers):
        _drain(stack, system, min(WARMING_UP, options.messages), options)
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
        [sys.executable, "-m", "tests.benchmarks.messaging.publisher", *words],
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
    return System(
        publish=f"tests.benchmarks.messaging.ours.publishing:{publish}",
        workers=delivering(SETTINGS),
        variables={**os.environ, "DJANGO_SETTINGS_MODULE": SETTINGS},
        database=stack.database,
        published=0 if publish == "counted" else 1_000_000_000,
    )


def _rival(stack: Stack, folder: Path, name: str, command: str) -> System:
    stack.database.execute(f"CREATE DATABASE {name}")
    info = stack.database.info
    variables = variables_of(name, folder=folder, host=info.host, user=info.user)
    manage("migrate", "--verbosity=0", variables=variables)
    database = psycopg.connect(host=info.host, user=info.user, dbname=name, autocommit=True)
    database.execute(TABLE)
    return System(
        publish=f"tests.benchmarks.messaging.{name}.publishing:counted",
        workers=[
            Program(
                name=f"{name}-{number}",
                command=(sys.executable, "-m", "django", command),
                folder=ROOT,
                variables=variables,
            )
            for number in range(PROCESSES)
        ],
        variables=variables,
        database=database,
    )
