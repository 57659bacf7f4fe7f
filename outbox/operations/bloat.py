"""System checks for deployments: settings that let the queue's tables and indexes swell.

A row that was updated stays until vacuum may take it, and a claim walks over what is left
(``bin/bench backlog`` shows how far, and ``bin/bench growth`` what that costs).
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage
from django.core.checks import Warning as Caution
from django.db import connection

LONGEST_STATEMENT = 600
"""Seconds; what commands of manage.py have."""

_NOT_VACUUMED = """
SELECT c.relname FROM pg_class c
WHERE c.relname LIKE 'outbox\\_%' AND c.relkind = 'r'
  AND 'autovacuum_enabled=false' = ANY(c.reloptions)
ORDER BY c.relname
"""

_HOLDS = """
SELECT 'replication slot ' || slot_name FROM pg_replication_slots
WHERE NOT active AND (xmin IS NOT NULL OR catalog_xmin IS NOT NULL)
UNION ALL
SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts
WHERE prepared < now() - interval '1 hour'
"""


def what_is_over_goes(**_: Any) -> list[CheckMessage]:
    """Report settings by which failed attempts stay, or a statement may run for very long."""
    found: list[CheckMessage] = []
    if settings.OUTBOX_KEEP_FAILURES_DAYS is None:
        found.append(
            Caution(
                "Failed attempts are kept for ever.",
                hint="Set OUTBOX_KEEP_FAILURES_DAYS to a number of days.",
                id="outbox.W001",
            )
        )
    if settings.STATEMENT_TIMEOUT_SECONDS > LONGEST_STATEMENT:
        found.append(
            Caution(
                f"A statement may take {settings.STATEMENT_TIMEOUT_SECONDS} seconds, and vacuum"
                " waits for it.",
                hint=f"Set STATEMENT_TIMEOUT_SECONDS to {LONGEST_STATEMENT} or less.",
                id="outbox.W002",
            )
        )
    return found


def vacuum_can_work(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Report what keeps vacuum from the queue's tables; asks the database, so on demand only."""
    if not databases or connection.alias not in databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('autovacuum') = 'on'")
        (is_on,) = cursor.fetchone()
        cursor.execute(_NOT_VACUUMED)
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(_HOLDS)
        held_by = [name for (name,) in cursor.fetchall()]
    found: list[CheckMessage] = []
    if not is_on:
        hint = "Set autovacuum = on in postgresql.conf."
        found.append(Caution("Autovacuum is off.", hint=hint, id="outbox.W003"))
    found += [
        Caution(
            f"Autovacuum is off for {table}.",
            hint=f"ALTER TABLE {table} RESET (autovacuum_enabled)",
            id="outbox.W004",
        )
        for table in tables
    ]
    found += [
        Caution(
            f"The {name} keeps vacuum from removing anything.",
            hint="Bring its owner back, or drop it.",
            id="outbox.W005",
        )
        for name in held_by
    ]
    return found
