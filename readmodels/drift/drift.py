"""Compare read rows with the contexts' tables, and repair them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import router, transaction

from outbox import conversations as locks
from outbox import history
from readmodels.projection import Projection
from readmodels.totals import Sums, Totals, difference

CHUNK = 200
"""Conversations that are compared at once, on a snapshot, without locks."""

FEW = 10
"""Conversations that are locked at once: those that seem wrong."""


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row that is wrong, and the columns that differ."""

    name: str
    key: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.key}: {', '.join(self.columns)}"


def compare_all(
    projection: Projection[Any], keys: Sequence[UUID] | None = None, *, repair: bool = False
) -> Iterator[list[RowDifference]]:
    """Compare rows, a chunk at a time; totals come last, against the sums of their shares.

    :param keys: which rows; by default all.
    :param repair: write the right values.
    """
    for chunk in _every_chunk(projection) if keys is None else _chunks(keys, CHUNK):
        yield compare(projection, chunk, repair=repair)
    if isinstance(projection, Totals):
        yield compare_totals(projection, repair=repair)


def _every_chunk(projection: Projection[Any]) -> Iterator[Sequence[UUID]]:
    position = history.FIRST
    while keys := keys_after(projection, position, CHUNK):
        yield keys
        position = keys[-1]


def _chunks(keys: Sequence[UUID], size: int) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def compare(
    projection: Projection[Any], conversations: Collection[UUID], *, repair: bool = False
) -> list[RowDifference]:
    """Compare rows with what follows from the contexts' tables.

    Rows whose projection is still owed a message are skipped: they are late, not wrong. Rows that
    differ on a snapshot are compared again behind a lock, a few at a time.

    :raises CannotReconstruct: no context can reconstruct an event that the projection receives.
    """
    with locks.snapshot():
        keys = settled(projection, conversations)
        should = _reconstructed(projection, keys, locked=False)
        stored = projection.model._default_manager.in_bulk(keys)  # noqa: SLF001 - Django's documented Model._meta API
        suspects = [
            key
            for key in keys
            if differing(stored.get(key) or projection.model(pk=key), should[key])
        ]
    return [
        difference
        for few in _chunks(suspects, FEW)
        for difference in _compare_locked(projection, few, repair=repair)
    ]


def settled(projection: Projection[Any], conversations: Collection[UUID]) -> list[UUID]:
    """Return the conversations of which the projection is owed nothing."""
    owed = locks.waiting(conversations, beside=[])
    lanes = {projection.name, projection.subscriber.lane}
    return [key for key in conversations if not any((lane, key) in owed for lane in lanes)]


def _reconstructed(
    projection: Projection[Any], conversations: Collection[UUID], *, locked: bool
) -> dict[UUID, Any]:
    should = {key: projection.model(pk=key) for key in conversations}
    events = history.reconstruct(conversations, projection.fold_of.keys(), locked=locked)
    projection.fold(should, events)
    return should


def _compare_locked(
    projection: Projection[Any], conversations: Collection[UUID], *, repair: bool
) -> list[RowDifference]:
    with transaction.atomic(), transaction.atomic(using=router.db_for_write(projection.model)):
        locks.lock(conversations)
        rows = projection.load(settled(projection, conversations))
        should = _reconstructed(projection, list(rows), locked=True)
        wrong = {key: found for key in rows if (found := differing(rows[key], should[key]))}
        if repair:
            projection.replace({key: should[key] for key in wrong})
    return [RowDifference(projection.name, str(key), columns) for key, columns in wrong.items()]


def compare_totals(projection: Totals[Any], *, repair: bool = False) -> list[RowDifference]:
    """Compare totals with the sums of their shares, in one snapshot.

    A repair adds the difference, so that concurrent additions are kept.
    """
    with locks.snapshot(router.db_for_read(projection.model)):
        should: Sums = Counter()
        for share in projection.model._default_manager.iterator():  # noqa: SLF001 - Django's documented Model._meta API
            should.update(projection.sums_of([share]))
        change = difference(should, projection.sums())
    if repair:
        with transaction.atomic(using=router.db_for_write(projection.model)):
            projection.add(change)
    wrong: dict[Any, list[str]] = defaultdict(list)
    for key, column in sorted(change):
        wrong[key].append(column)
    return [
        RowDifference(projection.name, " ".join(map(str, key)), tuple(columns))
        for key, columns in wrong.items()
    ]


def keys_after(projection: Projection[Any], position: UUID, limit: int) -> list[UUID]:
    """Return the keys that have a row or should have one, in order."""
    rows = projection.model._default_manager.filter(pk__gt=position).order_by("pk")  # noqa: SLF001 - Django's documented Model._meta API
    known = set(rows.values_list("pk", flat=True)[:limit])
    return sorted(known.union(history.conversations_after(position, limit)))[:limit]


def differing(row: Any, should: Any) -> tuple[str, ...]:
    """Return the columns in which a row is wrong; a row at sequence 0 counts as missing."""
    if not (row.sequence or should.sequence):
        return ()
    if not row.sequence:
        return ("missing",)
    if not should.sequence:
        return ("should not exist",)
    names = [field.attname for field in row._meta.concrete_fields]  # noqa: SLF001 - likewise
    return tuple(
        name for name in names if name != "sequence" and getattr(row, name) != getattr(should, name)
    )
