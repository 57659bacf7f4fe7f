"""The tasks that travel through the broker; their arguments name subscribers, nothing more."""

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
from outbox.operations.watching import watch_daily_work, watch_dead_letters
from outbox.retention import remove_what_is_over

SECONDS_PER_TASK = 1.0
SECONDS_TO_REMOVE = 10.0


@shared_task(name="outbox.relay")
def relay() -> None:
    """Move what falls due to the log, then hand every subscriber that is owed something on.

    Each goes to a worker, the one waiting longest first.
    """
    publish_due()
    for name in owed_names():
        see_to.apply_async(([name],), **bell.RINGING)


@shared_task(name="outbox.deliver")
def deliver(names: list[str]) -> None:
    """Deliver what these subscribers were just published, then what that brought forth.

    Calls to the outside are made beside it, and not waited for.
    """
    if left := deliver_to(names, seconds=SECONDS_PER_TASK, aside=callers.wake):
        bell.ring(left)


@shared_task(name="outbox.see_to")
def see_to(names: list[str]) -> None:
    """Do the same, and take over first what a worker has vanished over."""
    if left := drain(names, seconds=SECONDS_PER_TASK, aside=callers.wake):
        bell.ring(left)


@shared_task(name="outbox.watch")
def watch() -> None:
    """Call the operators when there are dead letters, or daily work was not done."""
    watch_dead_letters()
    watch_daily_work()


@shared_task(name="outbox.retain")
def retain() -> None:
    """Remove what is over, for a few seconds; the next tick goes on."""
    remove_what_is_over(seconds=SECONDS_TO_REMOVE)


@worker_process_init.connect
def plan_by_index(**_: Any) -> None:
    """Have the sessions of a worker find rows by indexes alone.

    What is owed is nothing for most of the time, and a plan that was made then reads whole tables:
    it would be kept while a million lanes pile up.
    """
    connection_created.connect(_use_indexes, dispatch_uid="outbox.indexes")


def _use_indexes(connection: BaseDatabaseWrapper, **_: Any) -> None:
    # A pooler that lends a session for one transaction would hand the setting on to others.
    if settings.DATABASE_POOLING == "none":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false)"
            )


@worker_process_shutdown.connect
def end_calls(**_: Any) -> None:
    """Conclude the calls under way, so that nobody has to wait for their claims to end."""
    callers.stop()
