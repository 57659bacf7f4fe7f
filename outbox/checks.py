"""System checks: how messages are wired, and settings that let the tables of messaging bloat.

Vacuum removes old versions of rows; until then a claim reads past them (``bin/bench backlog`` and
``bin/bench growth`` measure what that costs).
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Caution
from django.db import connection

from outbox.messages import Command, context_of, type_of, upcaster_of
from outbox.registry import subscribers

LONGEST_STATEMENT = 600
"""Seconds; the limit of commands of manage.py."""

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


NEEDED = {
    "OUTBOX_BATCH": "how many lanes a worker claims together, such as 200",
    "OUTBOX_LEASE_SECONDS": "how long a claim lasts, such as 15",
    "OUTBOX_FOLLOW_UP": "whether a turn hands on what it publishes, such as True",
    "OUTBOX_KEEP_FAILURES_DAYS": "how long failed attempts are kept, such as 30",
    "OUTBOX_KEEP_LOG_DAYS": "how long messages are kept, or None for ever",
    "STATEMENT_TIMEOUT_SECONDS": "the longest statement that DATABASES allows, such as 10",
    "DATABASE_POOLING": "'none', or the kind of pooler in front of the database",
    "DAILY_WORK_ALERT_MINUTES": "how late daily work may be, such as 60",
    "ALERT_AGAIN_MINUTES": "after how long a trouble that lasts is alerted again, such as 60",
    "ALERT_WEBHOOK_URL": "where alerts are posted: a Secret, empty for nowhere",
    "WEBHOOK_SECRET_KEYS": "Fernet keys that encrypt the secrets of webhook endpoints, such as []",
    "WEBHOOK_PAUSE_AFTER_MINUTES": "how long a webhook endpoint may fail, such as 60",
    "WEBHOOK_KEEP_ATTEMPTS_DAYS": "how long attempts of webhooks are kept, such as 30",
    "WEBHOOK_PRIVATE_ADDRESSES": "whether they, and alerts, may go to this network: False",
    "WAITS_AT_ONCE": "how many requests of a process may wait for an outcome, such as 2",
}
"""The settings that messaging reads, and what they mean."""


def settings_are_there(**_: Any) -> list[CheckMessage]:
    """Report settings that messaging reads and that are missing."""
    return [
        Error(
            f"The setting {name} is missing: {meaning}.",
            hint="docs/adding.md lists what messaging needs in a project of its own.",
            id="outbox.E004",
        )
        for name, meaning in NEEDED.items()
        if not hasattr(settings, name)
    ]


def commands_have_one_handler(**_: Any) -> list[CheckMessage]:
    """Report commands that have no handler or several."""
    problems: list[CheckMessage] = []
    for name, contract in sorted(type_of.items()):
        if not issubclass(contract, Command):
            continue
        handlers = [each.name for each in subscribers.values() if contract in each.subscriptions]
        if not handlers:
            problems.append(
                Error(
                    f"No subscriber handles the command {name}.",
                    hint="Wire a function to it in its context's handlers.py.",
                    id="outbox.E001",
                )
            )
        elif len(handlers) > 1:
            problems.append(
                Error(
                    f"Several subscribers handle the command {name}: {', '.join(handlers)}.",
                    hint="A command has exactly one handler; make it an event for the others.",
                    id="outbox.E002",
                )
            )
    return problems


def old_versions_can_be_read(**_: Any) -> list[CheckMessage]:
    """Report old versions of messages that this code cannot read."""
    return [
        Error(
            f"{name} is at version {contract.version}, and version {version} has no upcaster.",
            hint=f"Write one in {context_of(contract)}/upcasters.py: rows of it are in the log.",
            id="outbox.E003",
        )
        for name, contract in sorted(type_of.items())
        for version in range(1, contract.version)
        if (name, version) not in upcaster_of
    ]


def old_rows_are_removed(**_: Any) -> list[CheckMessage]:
    """Report settings that keep failed attempts for ever, or allow very long statements."""
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
    """Report what keeps vacuum from the tables; needs the database, so it runs on demand only."""
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
