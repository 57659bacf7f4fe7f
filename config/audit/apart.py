"""Read models that have a database of their own, brought before the audit of the main one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import connection, connections, models, transaction

from config.routing import READMODELS

NEVER: Final = "infinity"


@contextmanager
def read_models_held() -> Iterator[Any]:
    """Hold a snapshot of their database until the block ends, if they have one of their own.

    :returns: a time before it, by the main database's clock, else ``NEVER``. What was delivered
        since may be in the snapshot or not.
    """
    if READMODELS not in settings.DATABASES:
        yield NEVER
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (held_since,) = cursor.fetchone()
    with transaction.atomic(using=READMODELS, durable=True):
        with connections[READMODELS].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT 1")  # the first query takes the snapshot
        yield held_since


def copy_read_models() -> None:
    """Put temporary tables of the same names in the main database until its transaction ends."""
    if READMODELS in settings.DATABASES:
        for model in apps.get_app_config(READMODELS).get_models():
            _copy(model)


def _copy(model: type[models.Model]) -> None:
    fields = model._meta.concrete_fields  # noqa: SLF001 - Django's documented Model._meta API
    table = f'"{model._meta.db_table}"'  # noqa: SLF001 - likewise
    names = ", ".join(f'"{field.column}"' for field in fields)
    columns = ", ".join(f'"{field.column}" {field.rel_db_type(connection)}' for field in fields)
    with connections[READMODELS].cursor() as theirs, connection.cursor() as ours:
        ours.execute(f"CREATE TEMPORARY TABLE {table} ({columns}) ON COMMIT DROP")
        with (
            theirs.copy(f"COPY (SELECT {names} FROM {table}) TO STDOUT (FORMAT BINARY)") as rows,  # noqa: S608 - our own names
            ours.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy,
        ):
            for block in rows:
                copy.write(block)
        ours.execute(f"ANALYZE {table}")
