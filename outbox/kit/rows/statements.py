"""The statements of :mod:`outbox.kit.rows.bulk`, built once per model."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

from django.db import connection, models

AnyField: TypeAlias = "models.Field[Any, Any]"


@cache
def names_of(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001 - Django's documented Model._meta API


@cache
def converted(model: type[models.Model]) -> list[tuple[int, Callable[..., Any]]]:
    """Say which values Django does not take as the driver gives them: JSON, for one."""
    fields = enumerate(model._meta.concrete_fields)  # noqa: SLF001 - likewise
    found = [(place, getattr(field, "from_db_value", None)) for place, field in fields]
    return [(place, convert) for place, convert in found if convert]


@cache
def selection_of(model: type[models.Model], column: str, order: str, lock: bool) -> str:  # noqa: FBT001 - a key of the cache
    fields = model._meta.concrete_fields  # noqa: SLF001 - likewise
    (key,) = (field for field in fields if field.column == column)
    held = " FOR UPDATE" if lock else ""
    # By name: a plan for * would not survive a rebuild that adds a column.
    return (
        f"SELECT {_names(fields)} FROM {_table(model)}"  # noqa: S608 - own names
        f' WHERE "{column}" = {_any_of(key)} ORDER BY "{order}"{held}'
    )


@cache
def inserted_fields(model: type[models.Model]) -> "list[AnyField]":
    fields = model._meta.concrete_fields  # noqa: SLF001 - Django's documented Model._meta API
    return [field for field in fields if not isinstance(field, models.AutoField)]


@cache
def changed_fields(model: type[models.Model], columns: tuple[str, ...]) -> "list[AnyField]":
    by_name = {field.name: field for field in model._meta.concrete_fields}  # noqa: SLF001 - likewise
    return [by_name[name] for name in (model._meta.pk.name, *columns)]  # noqa: SLF001 - likewise


@cache
def insertion_of(model: type[models.Model]) -> str:
    fields = inserted_fields(model)
    names = _names(fields)
    rows = _rows(fields)
    return f"INSERT INTO {_table(model)} ({names}) SELECT {names} FROM {rows}"  # noqa: S608 - own names


@cache
def upsertion_of(model: type[models.Model], newer: str | None) -> str:
    key = model._meta.pk.column  # noqa: SLF001 - likewise
    changes = ", ".join(
        f'"{field.column}" = EXCLUDED."{field.column}"'
        for field in inserted_fields(model)
        if field.column != key
    )
    condition = f'WHERE {_table(model)}."{newer}" < EXCLUDED."{newer}"' if newer else ""
    return f'{insertion_of(model)} ON CONFLICT ("{key}") DO UPDATE SET {changes} {condition}'


@cache
def addition_of(model: type[models.Model], key: tuple[str, ...]) -> str:
    fields = inserted_fields(model)
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
def emptying_of(model: type[models.Model], key: tuple[str, ...]) -> str:
    fields = inserted_fields(model)
    same = " AND ".join(f'old."{name}" = new."{name}"' for name in key)
    empty = " AND ".join(f'old."{each.column}" = 0' for each in fields if each.name not in key)
    return f"DELETE FROM {_table(model)} AS old USING {_rows(fields)} WHERE {same} AND {empty}"  # noqa: S608 - own names


@cache
def change_of(model: type[models.Model], columns: tuple[str, ...]) -> str:
    key, *changed = changed_fields(model, columns)
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
