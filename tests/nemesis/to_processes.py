"""Faults of the application's processes, and of their clocks."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.faults.processes import kill_group
from tests.nemesis.faults import fault
from tests.nemesis.site import APPLICATION, LEASE_SECONDS, Site

AN_HOUR = 3600
GRACE = 1.0


def _kill(site: Site, name: str, *, down: float = 0.25) -> None:
    kill_group(site.child(name).process)
    site.keep_down(name, down)


@fault("web is killed", at="web", weight=1)
def web_killed(site: Site, _: Random) -> Iterator[None]:
    _kill(site, "web")
    yield


@fault("a process of web is killed", at="web", weight=5)
def web_process_killed(site: Site, random: Random) -> Iterator[None]:
    _kill_one_child(site, "web", random)
    yield


@fault("web is ended and started, as a deployment does", at="web", weight=1)
def web_restarted(site: Site, _: Random) -> Iterator[None]:
    site.child("web").process.terminate()
    with suppress(subprocess.TimeoutExpired):
        site.child("web").process.wait(4)
    _kill(site, "web")
    yield


@fault("a worker is killed", at="worker-1", weight=1)
def worker_killed(site: Site, _: Random) -> Iterator[None]:
    _kill(site, "worker-1")
    yield


@fault("a process of a worker is killed", at="worker-1", weight=8)
def worker_process_killed(site: Site, random: Random) -> Iterator[None]:
    _kill_one_child(site, "worker-1", random)
    yield


@fault("a process of the other worker is killed", at="worker-2", weight=8)
def other_worker_process_killed(site: Site, random: Random) -> Iterator[None]:
    _kill_one_child(site, "worker-2", random)
    yield


@fault("a worker is ended, and killed after its grace", at="worker-2", weight=1)
def worker_ended(site: Site, _: Random) -> Iterator[None]:
    site.child("worker-2").process.terminate()
    with suppress(subprocess.TimeoutExpired):
        site.child("worker-2").process.wait(GRACE)
    _kill(site, "worker-2")
    yield


@fault(
    "a worker stands still longer than its claims live",
    at="worker-2",
    seconds=(LEASE_SECONDS + 1, LEASE_SECONDS + 3),
    weight=2,
)
def worker_stopped(site: Site, _: Random) -> Iterator[None]:
    group = site.child("worker-2").process.pid
    os.killpg(group, signal.SIGSTOP)
    yield
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGCONT)


@fault("beat is killed and stays away", at="beat", seconds=(2, 6), weight=3)
def no_beat(site: Site, _: Random) -> Iterator[None]:
    _kill(site, "beat", down=60)
    yield
    site.child("beat").due = time.monotonic()


@fault("there are two beats", at="another beat", seconds=(3, 6), weight=2)
def two_beats(site: Site, _: Random) -> Iterator[None]:
    words = ("celery", "--app", "config", "beat")
    another = site.program("another-beat", *words)
    process = subprocess.Popen(
        another.command,
        cwd=another.folder,
        env={**os.environ, **another.variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    yield
    kill_group(process)


@fault("a clock jumps by up to an hour", at="clocks", seconds=(1, 5), weight=8)
def clock_jumps(site: Site, random: Random) -> Iterator[None]:
    clock = site.clocks[random.choice(APPLICATION)]
    clock.step(random.uniform(-AN_HOUR, AN_HOUR))
    yield
    clock.step(0)


def children_of(parent: int) -> list[int]:
    """Return the processes that a process has started; none once it has ended."""
    with suppress(OSError):
        return [
            int(each) for each in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        ]
    return []


def _kill_one_child(site: Site, name: str, random: Random) -> None:
    with suppress(ProcessLookupError, IndexError):
        os.kill(random.choice(children_of(site.child(name).process.pid)), signal.SIGKILL)
