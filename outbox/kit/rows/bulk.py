"""Read and write many rows of a model with one statement: a batch is only as fast as these.

Rows that are written travel as one JSON document, which PostgreSQL takes apart, and keys as one
array: so a statement has the same text however many rows it is about, and its plan is kept.
``docs/performance.md`` compares it with Django's ``bulk_create`` and ``bulk_update``, which build
an expression per value.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

import msgspec
from django.db import connection, connections, models, router

M = TypeVar("M", bound=models.Model)

AnyField: TypeAlias = "models.Field[Any, Any]"


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
        cursor.execute(_selection(model, column, order or column, lock), [list(keys)])
        rows = cursor.fetchall()
    names, converted = _names_of(model), _converted(model)
    if converted:
        rows = [list(row) for row in rows]
    for place, convert in converted:
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
    return _part(_insertion(type(rows[0])), _inserted(type(rows[0])), rows) if rows else None


def change(rows: Iterable[models.Model], columns: Sequence[str]) -> Part | None:
    """Return what writes some fields of rows, likewise."""
    rows, columns = list(rows), tuple(columns)
    if not rows:
        return None
    part = _part(_change(type(rows[0]), columns), _changed(type(rows[0]), columns), rows)
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
    return _part(_upsertion(type(rows[0]), newer), _inserted(type(rows[0])), rows)


def add(rows: Iterable[models.Model], *, key: Sequence[str]) -> None:
    """Add the numbers of rows of one model to those of the rows with the same key, or insert them.

    Rows are locked in the order of their keys. One whose numbers have all become 0 is removed.

    :param key: the fields of a unique constraint; all others but the primary key are numbers.
    """
    rows = list(rows)
    if rows:
        model, fields = type(rows[0]), _inserted(type(rows[0]))
        numbers = [field.attname for field in fields if field.name not in key]
        write(_part(_addition(model, tuple(key)), fields, rows))
        if lowered := [row for row in rows if min(getattr(row, each) for each in numbers) < 0]:
            write(_part(_emptying(model, tuple(key)), fields, lowered))


def _part(statement: str, fields: "Sequence[AnyField]", rows: Sequence[models.Model]) -> Part:
    columns = [field.column for field in fields]
    values = attrgetter(*[field.attname for field in fields])
    listed = [dict(zip(columns, values(row), strict=True)) for row in rows]
    return Part(type(rows[0]), statement, (msgspec.json.encode(listed).decode(),))


@cache
def _names_of(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001 - Django's documented Model._meta API


@cache
def _converted(model: type[models.Model]) -> list[tuple[int, Callable[..., Any]]]:
    """Say which values Django does not take as the driver gives them: JSON, for one."""
    fields = enumerate(model._meta.concrete_fields)  # noqa: SLF001 - likewise
    found = [(place, getattr(field, "from_db_value", None)) for place, field in fields]
    return [(place, convert) for place, convert in found if convert]


@cache
def _selection(model: type[models.Model], column: str, order: str, lock: bool) -> str:  # noqa: FBT001 - a key of the cache
    fields = model._meta.concrete_fields  # noqa: SLF001 - likewise
    (key,) = (field for field in fields if field.column == column)
    held = " FOR UPDATE" if lock else ""
    # By name: a plan for * would not survive a rebuild that adds a column.
    return (
        f"SELECT {_names(fields)} FROM {_table(model)}"  # noqa: S608 - own names
        f' WHERE "{column}" = {_any_of(key)} ORDER BY "{order}"{held}'
    )


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
    # The keys once more: of the join alone the planner makes a walk through a table of a few
    # thousand rows.
    where = f'old."{key.column}" = {_any_of(key)} AND old."{key.column}" = new."{key.column}"'
    return f"UPDATE {_table(model)} AS old SET {changes} FROM {new} WHERE {where}"  # noqa: S608 - own names


def _any_of(key: "AnyField") -> str:
    """Return an array parameter of keys that the planner cannot count.

    It would plan anew for each number of them.
    """
    kind = "text" if isinstance(key, models.CharField) else key.rel_db_type(connection)
    return f"ANY(ARRAY(SELECT unnest(%s::{kind}[])))"


def _table(model: type[models.Model]) -> str:
    return f'"{model._meta.db_table}"'  # noqa: SLF001 - likewise


def _names(fields: "Sequence[AnyField]") -> str:
    return ", ".join(f'"{field.column}"' for field in fields)


def _rows(fields: "Sequence[AnyField]") -> str:
    columns = ", ".join(f'"{field.column}" {field.rel_db_type(connection)}' for field in fields)
    return f"jsonb_to_recordset(%s::jsonb) AS new ({columns})"
