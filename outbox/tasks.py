"""The tasks that travel through the broker; their arguments name subscribers, nothing more."""

from typing import Any

from celery import shared_task
from celery.signals import worker_process_shutdown

from outbox import bell, callers
from outbox.leases import forget_leases
from outbox.parking import let_go_of_orphans, park
from outbox.relay import drain, owed_subscribers
from outbox.retention import remove_what_is_over
from outbox.scheduling import publish_due

SECONDS_PER_TASK = 1.0
SECONDS_TO_REMOVE = 10.0


@shared_task(name="outbox.relay")
def relay() -> None:
    """Move what falls due to the log, then hand every subscriber that is owed something on.

    Each goes to a worker, the one waiting longest first.
    """
    publish_due()
    forget_leases()
    for name in owed_subscribers():
        deliver.apply_async(([name],), **bell.RINGING)


@shared_task(name="outbox.deliver")
def deliver(names: list[str]) -> None:
    """Deliver what these subscribers are owed, then what that brought forth.

    Calls to the outside are made beside it, and not waited for.
    """
    left = drain(names, seconds=SECONDS_PER_TASK, aside=callers.wake)
    if left:
        bell.ring(left)


@shared_task(name="outbox.park")
def park_deliveries() -> None:
    """Keep what waits behind dead letters out of the way of claims, and nothing else."""
    let_go_of_orphans()
    park()


@shared_task(name="outbox.retain")
def retain() -> None:
    """Remove what is over, for a few seconds; the next tick goes on."""
    remove_what_is_over(seconds=SECONDS_TO_REMOVE)


@worker_process_shutdown.connect
def end_calls(**_: Any) -> None:
    """Conclude the calls under way, so that nobody has to wait for their claims to end."""
    callers.stop()
