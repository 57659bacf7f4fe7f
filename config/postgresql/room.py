"""System checks of what makes a server stop or crawl after months (``check --deploy``).

The limits are those of the alerts in ``docs/deploy/prometheus``; a check finds them where there is
no Prometheus. Source: PostgreSQL documentation, "Routine Vacuuming" and "Replication Slots".
"""

import shutil
from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.core.checks import CheckMessage
from django.core.checks import Warning as Caution
from django.db import connections

OLDEST_TRANSACTION_ID: Final = 1_000_000_000
MOST_KEPT_BYTES: Final = 10_000_000_000
MOST_DEAD_ROWS: Final = 200_000
LEAST_FREE: Final = 0.15
"""Of the file system: less than this needs attention before a weekend."""

_FIGURES = """
SELECT
    (SELECT max(age(datfrozenxid)) FROM pg_database),
    CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE')
         THEN (SELECT setting FROM pg_settings WHERE name = 'data_directory') END
"""

_SLOTS = """
SELECT slot_name FROM pg_replication_slots
WHERE NOT active AND restart_lsn IS NOT NULL
  AND pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) > %s
ORDER BY slot_name
"""

_BLOATED = """
SELECT relname, n_dead_tup FROM pg_stat_user_tables
WHERE n_dead_tup > %s AND n_dead_tup > n_live_tup ORDER BY relname
"""


def room_is_left(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Warn of transaction ids, disk or vacuum that will run out or fall behind."""
    return [found for database in databases or () for found in _of(database)]


def _of(database: str) -> Iterator[CheckMessage]:
    with connections[database].cursor() as cursor:
        cursor.execute(_FIGURES)
        age, folder = cursor.fetchone()
        cursor.execute(_SLOTS, [MOST_KEPT_BYTES])
        slots = [name for (name,) in cursor.fetchall()]
        cursor.execute(_BLOATED, [MOST_DEAD_ROWS])
        bloated = cursor.fetchall()
    if age > OLDEST_TRANSACTION_ID:
        yield Caution(
            f"The oldest row is {age:,} transactions old; at 2,000,000,000 writes stop.",
            hint="docs/runbooks.md, TransactionIdsRunOut.",
            id="config.W001",
        )
    for name in slots:
        yield Caution(
            f"Replication slot {name} has no reader and keeps more than 10 GB of log.",
            hint=f"Restart its reader, or SELECT pg_drop_replication_slot('{name}').",
            id="config.W002",
        )
    for table, rows in bloated:
        yield Caution(
            f"Vacuum has {rows:,} dead rows of {table} to remove, more than it has live ones.",
            hint="docs/runbooks.md, DeadRows.",
            id="config.W003",
        )
    if (free := _free(folder)) is not None and free < LEAST_FREE:
        yield Caution(
            f"The disk of the database has {free:.0%} left.",
            hint="Enlarge it, or remove what is not needed; a full disk stops all writes.",
            id="config.W004",
        )


def _free(folder: str | None) -> float | None:
    """Return the free share of the server's disk; ``None`` if it cannot be seen from here."""
    try:
        usage = shutil.disk_usage(folder) if folder else None
    except OSError:
        return None
    return usage and usage.free / usage.total
