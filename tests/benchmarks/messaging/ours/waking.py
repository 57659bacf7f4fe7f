"""A process that publishes one message, which wakes the workers for all that is owed."""

from collections.abc import Callable

from django.db import transaction

from tests.benchmarks.messaging.ours.publishing import counted


def prepare(number: int) -> Callable[[], None]:
    """Return what publishes this number."""

    def work() -> None:
        with transaction.atomic():
            counted(number)

    return work
