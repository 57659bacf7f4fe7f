"""Processes that make the tables of the dozen read models, and publish what these fold."""

from collections.abc import Callable

from django.db import connection, transaction
from uuid_utils.compat import uuid7

from outbox.publishing import publish
from tests.benchmarks.folding.events import Tallied
from tests.benchmarks.folding.models import TALLIES

PER_CONVERSATION = 2


def make_tables() -> Callable[[], None]:
    """Return what makes the tables."""

    def work() -> None:
        with connection.schema_editor() as editor:
            for model in TALLIES:
                editor.create_model(model)

    return work


def prepare(messages: int) -> Callable[[], None]:
    """Return what publishes so many with one commit, two on each conversation."""

    @transaction.atomic
    def work() -> None:
        for first in range(0, messages, PER_CONVERSATION):
            conversation = uuid7()
            for number in range(first, first + PER_CONVERSATION):
                publish(Tallied(number=number), conversation=conversation)

    return work
