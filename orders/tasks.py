"""The task that flags overdue orders of the choreographed flow."""

from celery import shared_task

from orders.services import flag_overdue_orders


@shared_task(name="orders.flag_overdue")
def flag_overdue() -> None:
    """Flag choreographed orders that have not ended in time."""
    flag_overdue_orders()
