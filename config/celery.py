"""The Celery application of workers, beat, and web processes that queue tasks."""

import os
from typing import Any

from celery import Celery
from celery.signals import (
    setup_logging,
    task_postrun,
    task_prerun,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
)
from django.conf import settings
from django.db import close_old_connections

from config import tracing
from config.database import IDLE_SECONDS, idle_timeout
from config.environment.garbage import collect_less_often
from outbox.doorbell.heartbeats import HeartbeatWriter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("orders", amqp="outbox.doorbell.connection:Bell")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
heartbeat = HeartbeatWriter()


@setup_logging.connect
def keep_djangos_logging(**_: Any) -> None:
    """Stop Celery from installing log handlers of its own: ``settings.LOGGING`` has them all."""


@worker_init.connect
def require_a_lease_that_outlasts_a_pause(**_: Any) -> None:
    """End a worker whose claims would run out while the database still holds a paused turn open.

    Commands of ``manage.py`` have longer statements and claim nothing, so only workers are asked.

    :raises SystemExit: the lease is shorter than the timeout that ends a paused transaction.
    """
    longest_pause = idle_timeout(settings.STATEMENT_TIMEOUT_SECONDS)
    if longest_pause > settings.OUTBOX_LEASE_SECONDS:
        raise SystemExit(
            f"OUTBOX_LEASE_SECONDS cannot be {settings.OUTBOX_LEASE_SECONDS}: it wants"
            f" {longest_pause} or more, which is STATEMENT_TIMEOUT_SECONDS + {IDLE_SECONDS}"
        )


@worker_process_init.connect
def keep_the_collector_out(**_: Any) -> None:
    """Collect garbage less often in the processes that handle tasks."""
    collect_less_often()


@task_prerun.connect
def drop_broken_connections(**_: Any) -> None:
    """Replace a connection that PostgreSQL has closed since the last task.

    Celery keeps connections between tasks (``CELERY_DB_REUSE_MAX``) but does not look at them;
    after a restart of PostgreSQL every task of the process would fail.
    """
    close_old_connections()


@task_postrun.connect
def show_signs_of_life(task: Any, **_: Any) -> None:
    """Leave a heartbeat of the worker after a task, when nothing waits for it any more."""
    heartbeat.write(task.request.hostname)


@worker_process_shutdown.connect
def send_the_last_spans(**_: Any) -> None:
    """Send the spans that are left: a worker's processes end without Python's exit handlers."""
    tracing.flush()
