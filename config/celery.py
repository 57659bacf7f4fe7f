"""The Celery application: how workers and beat start, and how a bell is rung."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun, worker_process_shutdown
from django.db import close_old_connections

from config import tracing
from outbox.doorbell.heartbeats import Heart

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("orders", amqp="outbox.doorbell.connection:Bell")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
heart = Heart()


@setup_logging.connect
def keep_djangos_logging(**_: Any) -> None:
    """Stop Celery from installing log handlers of its own: settings.LOGGING is the one place."""


@task_prerun.connect
def drop_broken_connections(**_: Any) -> None:
    """Replace a connection that PostgreSQL has closed since the last task.

    Celery keeps connections between tasks (``CELERY_DB_REUSE_MAX``) but does not look at them;
    after a restart of PostgreSQL every task of the process would fail.
    """
    close_old_connections()


@task_postrun.connect
def show_signs_of_life(task: Any, **_: Any) -> None:
    """Leave a heartbeat of the worker that has heard a bell, once nobody waits for what it did."""
    heart.beat(task.request.hostname)


@worker_process_shutdown.connect
def send_the_last_spans(**_: Any) -> None:
    """Send what tracing still holds: a worker's processes end without Python's own farewell."""
    tracing.flush()
