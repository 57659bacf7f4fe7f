"""What beat asks of inventory."""

from celery import shared_task

from inventory.services import expire_holds, wake


@shared_task(name="inventory.expire")
def expire() -> None:
    """Give back the units of holds that have expired."""
    expire_holds()


@shared_task(name="inventory.wake")
def wake_waiting() -> None:
    """Keep goods that are there again for the orders that wait for them."""
    wake()
