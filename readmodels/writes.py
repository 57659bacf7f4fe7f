"""What a batch writes into read models: the rows of all of them at once, then the totals."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS

from outbox.handling import kept_for_the_turn
from outbox.kit.rows import bulk


class Writes:
    """Rows and sums that are about to be written.

    Rows belong to conversations that the turn holds. Sums are everybody's: they come last, one read
    model after the other, so that batches that meet in one cannot deadlock.
    """

    def __init__(self) -> None:
        self.rows: list[bulk.Part | None] = []
        self.sums: list[Callable[[], None]] = []

    def save(self) -> None:
        """Write everything."""
        bulk.write(*self.rows)
        for add in self.sums:
            add()


@contextmanager
def writes(database: str) -> Iterator[Writes]:
    """Yield what the turn keeps; in a database of their own read models commit one by one."""
    if database == DEFAULT_DB_ALIAS:
        with kept_for_the_turn(Writes, Writes.save) as kept:
            yield kept
    else:
        kept = Writes()
        yield kept
        kept.save()
