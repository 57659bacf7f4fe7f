"""What beat asks of read models."""

from celery import shared_task

from readmodels.lag import watch


@shared_task(name="readmodels.watch_lag")
def watch_lag() -> None:
    """Call the operators when a read model is too far behind."""
    watch()
