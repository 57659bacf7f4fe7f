"""Shadow tables: tables with the live ones' names, in a schema of their own.

With that schema first in the search path, a projection works on the shadow unchanged. The swap
moves tables between schemas, with their indexes.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, models, transaction

NEXT = "readmodels_next"
"""The schema of rebuilds in progress."""
PREVIOUS = "readmodels_previous"
"""The schema of tables that a rebuild has replaced."""

Table = type[models.Model]


@contextmanager
def looking_at(schema: str, *, database: str) -> Iterator[None]:
    """Resolve table names in a schema first, for one transaction."""
    with transaction.atomic(using=database), connections[database].cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (live,) = cursor.fetchone()
        cursor.execute(f'SET LOCAL search_path = "{schema}", "{live}"')
        try:
            yield
        finally:
            if not connections[database].needs_rollback:
                cursor.execute(f'SET LOCAL search_path = "{live}"')


def create(table: Table, *, database: str) -> None:
    """Create an empty shadow table; drop what an earlier rebuild left.

    It has its constraints, but no indexes yet: creating them at the end is faster.
    """
    drop(table, NEXT, database=database)
    with transaction.atomic(using=database):
        _execute(database, f'CREATE SCHEMA IF NOT EXISTS "{NEXT}"')
        with looking_at(NEXT, database=database), connections[database].schema_editor() as editor:
            editor.create_model(table)
            editor.deferred_sql.clear()


def index(table: Table, schema: str, *, database: str) -> None:
    """Create the missing indexes of a table."""
    with looking_at(schema, database=database):
        with connections[database].schema_editor(collect_sql=True) as editor:
            editor.create_model(table)
            statements = [str(statement) for statement in editor.deferred_sql]
        for statement in statements:
            _execute(database, statement.replace(" INDEX ", " INDEX IF NOT EXISTS ", 1))


def drop(table: Table, schema: str, *, database: str) -> None:
    """Drop the table of a schema."""
    _execute(database, f"DROP TABLE IF EXISTS {named(table, schema)}")


def exists(table: Table, schema: str, *, database: str) -> bool:
    """Tell whether a schema has the table."""
    with connections[database].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [named(table, schema)])
        return cursor.fetchone()[0] is not None


def behind(
    table: Table, schema: str, *, database: str, keys: Collection[Any] | None = None
) -> list[Any]:
    """Return the keys of live rows that are ahead of those of a schema.

    :param keys: which rows; by default all.
    """
    key = table._meta.pk.column  # noqa: SLF001 - Django's documented Model._meta API
    some = "" if keys is None else f' AND live."{key}" = ANY(%s)'
    with connections[database].cursor() as cursor:
        cursor.execute(
            f'SELECT "{key}" FROM {named(table)} live LEFT JOIN {named(table, schema)} other'  # noqa: S608 - own names  # nosec B608
            f' USING ("{key}") WHERE coalesce(other.sequence, -1) < live.sequence{some} ORDER BY 1',
            None if keys is None else [list(keys)],
        )
        return [value for (value,) in cursor.fetchall()]


@contextmanager
def unhurried(database: str) -> Iterator[None]:
    """Lift the time limits of a transaction's statements, which hold up no other work."""
    with transaction.atomic(using=database):
        _execute(database, "SET LOCAL statement_timeout = 0")
        driver: Any = connections[database].connection
        patience, driver.patience = driver.patience, None
        try:
            yield
        finally:
            driver.patience = patience


def shared_columns(table: Table, schema: str, *, database: str) -> list[str]:
    """Return the columns that the live table and that of a schema share."""
    with connections[database].cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = %s AND table_schema IN (current_schema(), %s)"
            " GROUP BY column_name HAVING count(*) = 2 ORDER BY min(ordinal_position)",
            [table._meta.db_table, schema],  # noqa: SLF001 - likewise
        )
        return [name for (name,) in cursor.fetchall()]


def lock(table: Table, seconds: float, *, database: str) -> None:
    """Lock the live table exclusively until the transaction ends.

    The strongest lock is taken first: upgrading from a weaker one could deadlock with a projection
    that reads its rows before it writes them.

    :param seconds: how long to wait for the lock.
    """
    _execute(database, f"SET LOCAL lock_timeout = '{int(seconds * 1000)}ms'")
    _execute(database, f"LOCK TABLE {named(table)} IN ACCESS EXCLUSIVE MODE")


def swap(table: Table, schema: str, *, database: str) -> None:
    """Replace the live table with that of a schema; the live one becomes the previous one."""
    name = table._meta.db_table  # noqa: SLF001 - likewise
    with transaction.atomic(using=database), connections[database].cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (live,) = cursor.fetchone()
        for each in (PREVIOUS, NEXT):
            _execute(database, f'CREATE SCHEMA IF NOT EXISTS "{each}"')
        if schema == PREVIOUS:
            # Both tables have the same name and cannot be in one schema.
            _execute(database, f'ALTER TABLE "{PREVIOUS}"."{name}" SET SCHEMA "{NEXT}"')
        else:
            drop(table, PREVIOUS, database=database)
        _execute(database, f'ALTER TABLE "{live}"."{name}" SET SCHEMA "{PREVIOUS}"')
        _execute(database, f'ALTER TABLE "{NEXT}"."{name}" SET SCHEMA "{live}"')


def named(table: Table, schema: str = "") -> str:
    """Return a table's quoted name; without a schema that of the live one."""
    name = f'"{table._meta.db_table}"'  # noqa: SLF001 - likewise
    return f'"{schema}".{name}' if schema else name


def _execute(database: str, statement: str) -> None:
    with connections[database].cursor() as cursor:
        cursor.execute(statement)
