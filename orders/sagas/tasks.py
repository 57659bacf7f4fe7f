"""The sweeper's task, which acts on passed deadlines of sagas."""

from celery import shared_task

from orders.sagas.engine.engine import sweep as sweep_sagas


@shared_task(name="sagas.sweep")
def sweep() -> None:
    """Act on passed deadlines; those beyond the limit are left to the next tick."""
    sweep_sagas()
