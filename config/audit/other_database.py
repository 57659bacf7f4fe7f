"""Copy read models from a database of their own to the main one, for the audit."""

from typing import Final

from django.apps import apps
from django.conf import settings
from django.db import connection, connections, models, transaction

from config.routing import READMODELS
from readmodels.projection import GROUP

NOT_COMPARED: Final = f"""
SELECT correlation_id FROM outbox_lane WHERE subscriber IN ('{{name}}', '{GROUP}')
UNION ALL
SELECT r.{{key}} FROM {{table}} r LEFT JOIN outbox_conversation c ON c.id = r.{{key}}
WHERE %(apart)s AND (c.id IS NULL OR r.sequence > c.sequence)
"""  # noqa: S608 - our own text
"""Conversations that are not compared: a message is owed, or the row is ahead of the snapshot."""


def are_apart() -> bool:
    """Tell whether read models have a database of their own."""
    return READMODELS in settings.DATABASES


def copy_read_models() -> None:
    """Copy read models to temporary tables of the same names, for the current transaction.

    Call this when that transaction has its snapshot: copied rows may be ahead of it, which their
    ``sequence`` shows.
    """
    if not are_apart():
        return
    with transaction.atomic(using=READMODELS, durable=True):
        with connections[READMODELS].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
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
