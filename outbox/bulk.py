"""Write many rows of a model with one statement: a batch is only as fast as its writes.

The rows travel as one JSON document, which PostgreSQL takes apart. ``docs/performance.md`` compares
it with Django's ``bulk_create`` and ``bulk_update``, which build an expression per value.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec
from django.db import connection, connections, models, router

AnyField: TypeAlias = "models.Field[Any, Any]"


def insert(rows: Iterable[models.Model]) -> None:
    """Insert rows of one model. Keys that the database gives are not read back."""
    rows = list(rows)
    if rows:
        _execute(_insertion(type(rows[0])), _inserted(type(rows[0])), rows)
    for row in rows:
        row._state.adding = False  # noqa: SLF001 - Django's documented Model._state API


def insert_together(*batches: Sequence[models.Model]) -> None:
    """Insert rows of several models, those of each model in a batch, with one statement.

    Rows may refer to each other: Django's foreign keys are checked when the transaction commits.
    """
    models_of = tuple(type(rows[0]) for rows in batches)
    with connections[router.db_for_write(models_of[0])].cursor() as cursor:
        cursor.execute(
            _joint_insertion(models_of),
            [_document(_inserted(type(rows[0])), rows) for rows in batches],
        )
    for rows in batches:
        for row in rows:
            row._state.adding = False  # noqa: SLF001 - likewise


def update(rows: Iterable[models.Model], columns: Sequence[str]) -> None:
    """Write some fields of rows of one model, found by their primary key."""
    rows = list(rows)
    if rows:
        _execute(
            _change(type(rows[0]), tuple(columns)), _changed(type(rows[0]), tuple(columns)), rows
        )


def upsert(rows: Iterable[models.Model], *, newer: str | None = None) -> None:
    """Insert rows of one model, or overwrite the ones whose primary key exists.

    :param newer: a column in which a row has to be ahead of the one that it overwrites.
    """
    rows = list(rows)
    if rows:
        _execute(_upsertion(type(rows[0]), newer), _inserted(type(rows[0])), rows)


def add(rows: Iterable[models.Model], *, key: Sequence[str]) -> None:
    """Add the numbers of rows of one model to those of the rows with the same key, or insert them.

    Rows are locked in the order of their keys. One whose numbers have all become 0 is removed.

    :param key: the fields of a unique constraint; all others but the primary key are numbers.
    """
    rows = list(rows)
    if rows:
        model, fields = type(rows[0]), _inserted(type(rows[0]))
        numbers = [field.attname for field in fields if field.name not in key]
        _execute(_addition(model, tuple(key)), fields, rows)
        if lowered := [row for row in rows if min(getattr(row, each) for each in numbers) < 0]:
            _execute(_emptying(model, tuple(key)), fields, lowered)


def _execute(statement: str, fields: "Sequence[AnyField]", rows: Sequence[models.Model]) -> None:
    with connections[router.db_for_write(type(rows[0]))].cursor() as cursor:
        cursor.execute(statement, [_document(fields, rows)])


def _document(fields: "Sequence[AnyField]", rows: Sequence[models.Model]) -> str:
    columns = [field.column for field in fields]
    values = attrgetter(*[field.attname for field in fields])
    listed = [dict(zip(columns, values(row), strict=True)) for row in rows]
    return msgspec.json.encode(listed).decode()


@cache
def _inserted(model: type[models.Model]) -> "list[AnyField]":
    fields = model._meta.concrete_fields  # noqa: SLF001 - Django's documented Model._meta API
    return [field for field in fields if not isinstance(field, models.AutoField)]


@cache
def _changed(model: type[models.Model], columns: tuple[str, ...]) -> "list[AnyField]":
    by_name = {field.name: field for field in model._meta.concrete_fields}  # noqa: SLF001 - likewise
    return [by_name[name] for name in (model._meta.pk.name, *columns)]  # noqa: SLF001 - likewise


@cache
def _insertion(model: type[models.Model]) -> str:
    fields = _inserted(model)
    names = _names(fields)
    rows = _rows(fields)
    return f"INSERT INTO {_table(model)} ({names}) SELECT {names} FROM {rows}"  # noqa: S608 - own names


@cache
def _joint_insertion(models_of: tuple[type[models.Model], ...]) -> str:
    *before, last = [_insertion(model) for model in models_of]
    parts = ", ".join(f"part_{number} AS ({part})" for number, part in enumerate(before))
    return f"WITH {parts} {last}"


@cache
def _upsertion(model: type[models.Model], newer: str | None) -> str:
    key = model._meta.pk.column  # noqa: SLF001 - likewise
    changes = ", ".join(
        f'"{field.column}" = EXCLUDED."{field.column}"'
        for field in _inserted(model)
        if field.column != key
    )
    condition = f'WHERE {_table(model)}."{newer}" < EXCLUDED."{newer}"' if newer else ""
    return f'{_insertion(model)} ON CONFLICT ("{key}") DO UPDATE SET {changes} {condition}'


@cache
def _addition(model: type[models.Model], key: tuple[str, ...]) -> str:
    fields = _inserted(model)
    keys = ", ".join(f'"{name}"' for name in key)
    sums = ", ".join(
        f'"{field.column}" = old."{field.column}" + EXCLUDED."{field.column}"'
        for field in fields
        if field.name not in key
    )
    return (
        f"INSERT INTO {_table(model)} AS old ({_names(fields)})"  # noqa: S608 - own names
        f" SELECT {_names(fields)} FROM {_rows(fields)} ORDER BY {keys}"
        f" ON CONFLICT ({keys}) DO UPDATE SET {sums}"
    )


@cache
def _emptying(model: type[models.Model], key: tuple[str, ...]) -> str:
    fields = _inserted(model)
    same = " AND ".join(f'old."{name}" = new."{name}"' for name in key)
    empty = " AND ".join(f'old."{each.column}" = 0' for each in fields if each.name not in key)
    return f"DELETE FROM {_table(model)} AS old USING {_rows(fields)} WHERE {same} AND {empty}"  # noqa: S608 - own names


@cache
def _change(model: type[models.Model], columns: tuple[str, ...]) -> str:
    key, *changed = _changed(model, columns)
    changes = ", ".join(f'"{field.column}" = new."{field.column}"' for field in changed)
    new = _rows([key, *changed])
    where = f'old."{key.column}" = new."{key.column}"'
    return f"UPDATE {_table(model)} AS old SET {changes} FROM {new} WHERE {where}"  # noqa: S608 - own names


def _table(model: type[models.Model]) -> str:
    return f'"{model._meta.db_table}"'  # noqa: SLF001 - likewise


def _names(fields: "Sequence[AnyField]") -> str:
    return ", ".join(f'"{field.column}"' for field in fields)


def _rows(fields: "Sequence[AnyField]") -> str:
    columns = ", ".join(f'"{field.column}" {field.rel_db_type(connection)}' for field in fields)
    return f"jsonb_to_recordset(%s::jsonb) AS new ({columns})"
