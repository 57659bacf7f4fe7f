"""What beat asks of inventory."""

from celery import shared_task

from inventory.services import expire_holds


@shared_task(name="inventory.expire")
def expire() -> None:
    """Give back the units of holds that have expired."""
    expire_holds()
