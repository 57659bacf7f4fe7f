"""Collect what a turn writes to read models: all rows at once, then the totals."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS

from outbox.handling import kept_for_the_turn
from outbox.kit.rows import bulk


class Writes:
    """Rows and sums to be written.

    Rows belong to conversations that the turn has claimed. Rows of sums are shared by all turns:
    they are written last, one read model after the other, so that concurrent turns cannot deadlock.
    """

    def __init__(self) -> None:
        self.rows: list[bulk.Part | None] = []
        self.sums: list[Callable[[], None]] = []

    def save(self) -> None:
        """Write the rows, then the sums."""
        bulk.write(*self.rows)
        for add in self.sums:
            add()


@contextmanager
def writes(database: str) -> Iterator[Writes]:
    """Yield the turn's writes; in a database of their own read models are written one by one."""
    if database == DEFAULT_DB_ALIAS:
        with kept_for_the_turn(Writes, Writes.save) as kept:
            yield kept
    else:
        kept = Writes()
        yield kept
        kept.save()
