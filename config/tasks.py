"""What the door of the API has done from time to time."""

from celery import shared_task

from config.idempotency import forget_old_keys

BATCHES = 20
"""The most that one task removes; the next one goes on."""


@shared_task(name="config.forget_keys")
def forget_keys() -> None:
    """Remove the keys of requests that are too old to be sent again, in small batches."""
    for _ in range(BATCHES):
        if not forget_old_keys():
            return
