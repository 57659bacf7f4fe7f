"""The sweeper's task: time passes for sagas even when no message comes."""

from celery import shared_task

from orders.sagas.engine.engine import sweep as sweep_sagas


@shared_task(name="sagas.sweep")
def sweep() -> None:
    """Act on deadlines that have passed; what is left of them is the next tick's."""
    sweep_sagas()
