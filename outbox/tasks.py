"""Celery tasks of messaging. Their arguments are names of subscribers only."""

from typing import Any

from celery import shared_task
from celery.signals import worker_process_init, worker_process_shutdown
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from outbox.delivery import callers
from outbox.delivery.relay import deliver_to, drain, owed_names
from outbox.doorbell import bell
from outbox.log.scheduled import publish_due
from outbox.operations.redrives import advance_redrives
from outbox.operations.watching import (
    watch_daily_work,
    watch_dead_letters,
    watch_paused_endpoints,
)
from outbox.registry import renew
from outbox.retention import remove_what_is_over

SECONDS_PER_TASK = 1.0
SECONDS_TO_REMOVE = 10.0


@shared_task(name="outbox.relay")
def relay() -> None:
    """Move due messages to the log, then queue a task per subscriber that is owed something.

    The one that has waited longest comes first.
    """
    renew()
    publish_due()
    for name in owed_names():
        see_to.apply_async(([name],), **bell.RINGING)


@shared_task(name="outbox.deliver")
def deliver(names: list[str]) -> None:
    """Deliver what was just published to these subscribers, then what they publish.

    Calls outside run in threads of their own and are not waited for.
    """
    renew()
    if left := deliver_to(names, seconds=SECONDS_PER_TASK, aside=callers.wake):
        bell.ring(left)


@shared_task(name="outbox.see_to")
def see_to(names: list[str]) -> None:
    """Do the same, after taking over the lanes of workers that vanished."""
    renew()
    if left := drain(names, seconds=SECONDS_PER_TASK, aside=callers.wake):
        bell.ring(left)


@shared_task(name="outbox.watch")
def watch() -> None:
    """Call the operators when there are dead letters, or daily work was not done."""
    watch_dead_letters()
    watch_paused_endpoints()
    watch_daily_work()


@shared_task(name="outbox.redrive")
def go_on_redriving() -> None:
    """Take the next step of the redrives that operators have begun."""
    advance_redrives()


@shared_task(name="outbox.retain")
def retain() -> None:
    """Apply retention for a few seconds; the next tick continues."""
    remove_what_is_over(seconds=SECONDS_TO_REMOVE)


@worker_process_init.connect
def plan_by_index(**_: Any) -> None:
    """Make a worker's sessions plan with indexes only.

    Lanes are few most of the time. A plan made then would scan the table, and be kept while a
    million lanes pile up.
    """
    connection_created.connect(_use_indexes, dispatch_uid="outbox.indexes")


def _use_indexes(connection: BaseDatabaseWrapper, **_: Any) -> None:
    # A transaction pooler would pass the setting on to other clients.
    if settings.DATABASE_POOLING == "none":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false)"
            )


@worker_process_shutdown.connect
def end_calls(**_: Any) -> None:
    """Conclude calls under way, so that their lanes need not wait for the claims to expire."""
    callers.stop()
