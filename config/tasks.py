"""Periodic tasks that belong to no context."""

from celery import shared_task

from config.console.minutes import note_minutes
from config.http.idempotency import forget_old_keys
from outbox.kit import daily

SECONDS_TO_REMOVE = 10.0


@shared_task(name="config.forget_keys")
def forget_keys() -> None:
    """Remove idempotency keys that have expired, for a few seconds."""
    forget_old_keys(seconds=SECONDS_TO_REMOVE)


@shared_task(name="config.do_daily_work", time_limit=daily.SECONDS_AT_MOST)
def do_daily_work() -> None:
    """Do what is due once a day and was not done yet."""
    daily.do_what_is_due()


@shared_task(name="config.note_minutes")
def note_figures() -> None:
    """Note what happened in the minutes that have ended, for the first page of the admin."""
    note_minutes()
