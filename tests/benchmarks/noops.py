"""The broker's baseline: Celery tasks that do nothing, on the same Redis, two solo workers.

Celery is at its best here: early acknowledgement, no result, no database, and a backlog that is
there in full before the workers may begin.
"""

import os
import sys
import time
from typing import Any

from celery import Celery

from config.demo.stack.programs import Program
from config.environment.paths import ROOT
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.stack import Stack

QUEUE, HELD_BACK = "noops", "held-back"
WORKERS = 2

app = Celery("noops", set_as_current=False)


def _configuration() -> dict[str, Any]:
    return {
        # Its own database in Redis, so that nothing of the project's is counted.
        "broker_url": f"{os.environ['REDIS_URL']}?virtual_host=9",
        "task_ignore_result": True,
        "task_default_queue": QUEUE,
        "worker_enable_remote_control": False,
        "broker_connection_retry_on_startup": True,
    }


# Read at first use: the benchmark imports this before its Redis has an address.
app.add_defaults(_configuration)


@app.task(name="noop")
def noop() -> None:
    """Do nothing."""


def noops_per_second(stack: Stack, *, tasks: int, seconds: float) -> float:
    """Let two workers consume a backlog and return their pace.

    :raises InvalidRun: they are not through within ``seconds``.
    """
    with app.connection() as connection, stack.running(_workers()):
        channel: Any = connection.default_channel
        redis = channel.client

        def idle() -> bool:
            return not redis.llen(QUEUE) and not redis.hlen("unacked")

        _send(WORKERS * 20, to=QUEUE)
        stack.wait_until(idle, seconds=60, what="The no-op tasks are not through")
        _send(tasks, to=HELD_BACK)
        if redis.llen(HELD_BACK) != tasks:
            raise InvalidRun("the backlog of no-op tasks is not complete")
        begun = time.monotonic()
        redis.rename(HELD_BACK, QUEUE)
        stack.wait_until(idle, seconds=seconds, what="The no-op tasks are not through")
        return tasks / (time.monotonic() - begun)


def _send(tasks: int, *, to: str) -> None:
    with app.producer_or_acquire() as producer:
        for _ in range(tasks):
            noop.apply_async(queue=to, producer=producer)


def _workers() -> list[Program]:
    command = ("celery", "--app", "tests.benchmarks.noops", "worker", "--pool=solo")
    lone = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--queues", QUEUE)
    return [
        Program(
            name=f"noops-{number}",
            command=(sys.executable, "-m", *command, *lone, f"--hostname=noops-{number}@%h"),
            folder=ROOT,
            # Without Django there is nothing that Celery closes or checks around a task.
            variables={"DJANGO_SETTINGS_MODULE": ""},
        )
        for number in range(WORKERS)
    ]
