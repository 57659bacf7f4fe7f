"""Periodic tasks of orders."""

from celery import shared_task

from orders.retention import remove_what_is_over
from orders.services import flag_overdue_orders, forget_confirmations

SECONDS_TO_REMOVE = 10.0


@shared_task(name="orders.flag_overdue")
def flag_overdue() -> None:
    """Flag choreographed orders that have not ended in time."""
    flag_overdue_orders()


@shared_task(name="orders.retain")
def retain() -> None:
    """Remove old quotes, for a few seconds."""
    remove_what_is_over(seconds=SECONDS_TO_REMOVE)


@shared_task(name="orders.forget_confirmations")
def forget_old_confirmations() -> None:
    """Remove confirmations of e-mail addresses that are over."""
    forget_confirmations()
