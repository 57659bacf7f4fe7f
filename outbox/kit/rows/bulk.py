"""Read and write many rows of a model with one statement: a batch is only as fast as these.

Rows that are written travel as one JSON document, which PostgreSQL takes apart, and keys as one
array: so a statement has the same text however many rows it is about, and its plan is kept.
``docs/performance.md`` compares it with Django's ``bulk_create`` and ``bulk_update``, which build
an expression per value.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, TypeVar

import msgspec
from django.db import connections, models, router

from outbox.kit.rows.statements import (
    AnyField,
    addition_of,
    change_of,
    changed_fields,
    converted,
    emptying_of,
    inserted_fields,
    insertion_of,
    names_of,
    selection_of,
    upsertion_of,
)

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Part:
    """What a statement does to one table.

    :ivar parameters: of the statement: the rows as JSON, and their keys where it looks them up.
    """

    model: type[models.Model]
    statement: str
    parameters: tuple[Any, ...]


def select(
    model: type[M], column: str, keys: Collection[Any], *, order: str = "", lock: bool = False
) -> list[M]:
    """Return the rows whose column is one of these keys, in the order of this or another column.

    :param lock: hold them until the transaction ends; the order keeps two from deadlocking.
    """
    if not keys:
        return []
    alias = router.db_for_write(model)
    with connections[alias].cursor() as cursor:
        cursor.execute(selection_of(model, column, order or column, lock), [list(keys)])
        rows = cursor.fetchall()
    names, conversions = names_of(model), converted(model)
    if conversions:
        rows = [list(row) for row in rows]
    for place, convert in conversions:
        for row in rows:
            row[place] = convert(row[place], None, connections[alias])
    return [model.from_db(alias, names, row) for row in rows]


def insert(rows: Iterable[models.Model]) -> None:
    """Insert rows of one model. Keys that the database gives are not read back."""
    write(insertion(rows))


def update(rows: Iterable[models.Model], columns: Sequence[str]) -> None:
    """Write some fields of rows of one model, found by their primary key."""
    write(change(rows, columns))


def write(*parts: Part | None) -> None:
    """Execute parts as one statement. No two of them may touch the same row.

    New rows may refer to each other: Django's foreign keys are checked at the commit.
    """
    wanted = [part for part in parts if part]
    if wanted:
        *before, last = (part.statement for part in wanted)
        named = ", ".join(f"part_{number} AS ({each})" for number, each in enumerate(before))
        statement = f"WITH {named} {last}" if named else last
        with connections[router.db_for_write(wanted[0].model)].cursor() as cursor:
            cursor.execute(statement, [each for part in wanted for each in part.parameters])


def insertion(rows: Iterable[models.Model]) -> Part | None:
    """Return what inserts rows of one model, for :func:`write`; nothing if there are none."""
    rows = list(rows)
    for row in rows:
        row._state.adding = False  # noqa: SLF001 - Django's documented Model._state API
    return (
        _part(insertion_of(type(rows[0])), inserted_fields(type(rows[0])), rows) if rows else None
    )


def change(rows: Iterable[models.Model], columns: Sequence[str]) -> Part | None:
    """Return what writes some fields of rows, likewise."""
    rows, columns = list(rows), tuple(columns)
    if not rows:
        return None
    part = _part(
        change_of(type(rows[0]), columns),
        changed_fields(type(rows[0]), columns),
        rows,
    )
    return replace(part, parameters=(*part.parameters, [row.pk for row in rows]))


def upsert(rows: Iterable[models.Model]) -> None:
    """Insert rows of one model, or overwrite the ones whose primary key exists."""
    write(upsertion(rows))


def upsertion(rows: Iterable[models.Model], *, newer: str | None = None) -> Part | None:
    """Return what does so, likewise.

    :param newer: a column in which a row has to be ahead of the one that it overwrites.
    """
    rows = list(rows)
    if not rows:
        return None
    return _part(upsertion_of(type(rows[0]), newer), inserted_fields(type(rows[0])), rows)


def add(rows: Iterable[models.Model], *, key: Sequence[str]) -> None:
    """Add the numbers of rows of one model to those of the rows with the same key, or insert them.

    Rows are locked in the order of their keys. One whose numbers have all become 0 is removed.

    :param key: the fields of a unique constraint; all others but the primary key are numbers.
    """
    rows = list(rows)
    if rows:
        model, fields = type(rows[0]), inserted_fields(type(rows[0]))
        numbers = [field.attname for field in fields if field.name not in key]
        write(_part(addition_of(model, tuple(key)), fields, rows))
        if lowered := [row for row in rows if min(getattr(row, each) for each in numbers) < 0]:
            write(_part(emptying_of(model, tuple(key)), fields, lowered))


def _part(statement: str, fields: "Sequence[AnyField]", rows: Sequence[models.Model]) -> Part:
    columns = [field.column for field in fields]
    values = attrgetter(*[field.attname for field in fields])
    listed = [dict(zip(columns, values(row), strict=True)) for row in rows]
    return Part(type(rows[0]), statement, (msgspec.json.encode(listed).decode(),))
