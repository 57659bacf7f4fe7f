"""Look for rows that say something else than the tables of the contexts do, and mend them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import router, transaction

from outbox import conversations as locks
from outbox import retelling
from outbox.log import FIRST
from readmodels.projection import Projection

CHUNK = 200
"""Conversations that are compared, and kept from changing, at once."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that says something else than it should, and in which columns."""

    name: str
    key: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.key}: {', '.join(self.columns)}"


def compare_all(projection: Projection[Any], *, repair: bool = False) -> Iterator[list[Difference]]:
    """Compare every row, a chunk at a time.

    :param repair: write what should be there.
    """
    position = FIRST
    while keys := _keys_after(projection, position, CHUNK):
        yield compare(projection, keys, repair=repair)
        position = keys[-1]


def compare(
    projection: Projection[Any], conversations: Collection[UUID], *, repair: bool = False
) -> list[Difference]:
    """Compare rows with what the contexts' tables tell.

    Rows that the projection is still owed a message for are left alone: they are not wrong, only
    late.

    :raises NobodyTells: the projection hears what no context tells again.
    """
    with transaction.atomic(), transaction.atomic(using=router.db_for_write(projection.model)):
        locks.lock(conversations)
        owed = locks.waiting(conversations, beside=[])
        settled = [key for key in conversations if (projection.name, key) not in owed]
        rows = projection.load(settled)
        should = {key: projection.model(pk=key) for key in rows}
        projection.fold(should, retelling.retell(settled, projection.fold_of.keys()))
        wrong = {key: found for key in rows if (found := _differing(rows[key], should[key]))}
        if repair:
            projection.replace({key: should[key] for key in wrong})
    return [Difference(projection.name, str(key), columns) for key, columns in wrong.items()]


def _keys_after(projection: Projection[Any], position: UUID, limit: int) -> list[UUID]:
    """List what has a row or should have one, by key."""
    rows = projection.model._default_manager.filter(pk__gt=position).order_by("pk")  # noqa: SLF001 - Django's documented Model._meta API
    known = set(rows.values_list("pk", flat=True)[:limit])
    return sorted(known.union(retelling.conversations_after(position, limit)))[:limit]


def _differing(row: Any, should: Any) -> tuple[str, ...]:
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
