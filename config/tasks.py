"""What the door of the API has done from time to time."""

from celery import shared_task

from config.idempotency import forget_old_keys

SECONDS_TO_REMOVE = 10.0


@shared_task(name="config.forget_keys")
def forget_keys() -> None:
    """Remove the keys of requests that are too old to be sent again, for a few seconds."""
    forget_old_keys(seconds=SECONDS_TO_REMOVE)
