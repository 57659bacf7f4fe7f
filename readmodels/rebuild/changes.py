"""Record which rows of a live table change while a rebuild is about to replace it.

A trigger writes their keys to a table of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction

from readmodels.rebuild import shadow
from readmodels.rebuild.shadow import NEXT, Table

_WATCH = """
CREATE TABLE {noted} (key {type} NOT NULL);
CREATE FUNCTION {noted}() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    INSERT INTO {noted} VALUES (CASE TG_OP WHEN 'DELETE' THEN old."{key}" ELSE new."{key}" END);
    RETURN NULL;
END $$;
CREATE TRIGGER changes AFTER INSERT OR UPDATE OR DELETE ON {live}
FOR EACH ROW EXECUTE FUNCTION {noted}();
"""


@contextmanager
def watched(table: Table, *, database: str) -> Iterator[None]:
    """Record the changes of a live table until the block ends, even if its schema changes."""
    forget(table, database=database)
    key = table._meta.pk  # noqa: SLF001 - Django's documented Model._meta API
    statements = _WATCH.format(
        noted=_noted(table),
        live=shadow.named(table),
        key=key.column,
        type=key.db_type(connections[database]),
    )
    with transaction.atomic(using=database), connections[database].cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{NEXT}"')
        cursor.execute(statements)
    try:
        yield
    finally:
        forget(table, database=database)


def take(table: Table, *, database: str) -> list[Any]:
    """Return the keys of rows that have changed since the last call, each once."""
    with connections[database].cursor() as cursor:
        cursor.execute(f"DELETE FROM {_noted(table)} RETURNING key")  # noqa: S608 - own names  # nosec B608
        return sorted({key for (key,) in cursor.fetchall()})


def forget(table: Table, *, database: str) -> None:
    """Stop recording; the trigger is dropped with its function."""
    with transaction.atomic(using=database), connections[database].cursor() as cursor:
        cursor.execute(f"DROP FUNCTION IF EXISTS {_noted(table)}() CASCADE")
        cursor.execute(f"DROP TABLE IF EXISTS {_noted(table)}")


def _noted(table: Table) -> str:
    return f'"{NEXT}"."{table._meta.db_table}_changes"'  # noqa: SLF001 - likewise
