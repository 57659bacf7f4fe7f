"""Periodic tasks of inventory."""

from celery import shared_task

from inventory.services import expire_holds, wake


@shared_task(name="inventory.expire")
def expire() -> None:
    """Release the units of expired holds."""
    expire_holds()


@shared_task(name="inventory.wake")
def wake_waiting() -> None:
    """Hold available goods for the orders that wait for them."""
    wake()
