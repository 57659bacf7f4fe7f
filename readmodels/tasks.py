"""What beat asks of read models."""

from celery import shared_task

from readmodels import sampling
from readmodels.lag import watch


@shared_task(name="readmodels.watch_lag")
def watch_lag() -> None:
    """Call the operators when a read model is too far behind."""
    watch()


@shared_task(name="readmodels.look_for_drift")
def look_for_drift() -> None:
    """Compare a few rows of each read model with the tables of the contexts."""
    sampling.look_for_drift()


@shared_task(name="readmodels.add_up")
def add_up() -> None:
    """Compare all totals with what they are made of."""
    sampling.add_up()
