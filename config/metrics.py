"""Figures of the database itself for ``/metrics``: what makes queues slow, and what ends a server.

Sources: "Routine Vacuuming" and "Replication Slots" of PostgreSQL's manual.
"""

from collections.abc import Iterator

from django.db import connection

from outbox.kit.figures import Figure, number

# What is rewritten all the time; the others only grow.
_HOT = ("outbox_lane", "outbox_claim", "outbox_conversation", "sagas_sagainstance")

_SERVER = """
SELECT
    (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float
     FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL),
    (SELECT age(datfrozenxid)::float FROM pg_database WHERE datname = current_database()),
    pg_database_size(current_database())::float
"""

_DEAD_ROWS = """
SELECT relname, n_dead_tup::float FROM pg_stat_user_tables
WHERE schemaname = current_schema() AND relname = ANY(%s)
"""

# A standby has no position of its own to write at; what it has replayed is the nearest.
_SLOTS = """
SELECT slot_name, pg_wal_lsn_diff(
    CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
    restart_lsn)::float
FROM pg_replication_slots WHERE restart_lsn IS NOT NULL
"""


def figures() -> Iterator[Figure]:
    """Yield the age of the oldest transaction, dead rows of hot tables, and what slots keep."""
    with connection.cursor() as cursor:
        cursor.execute(_SERVER)
        oldest, age, size = cursor.fetchone()
        cursor.execute(_DEAD_ROWS, [list(_HOT)])
        dead = dict(cursor.fetchall())
        cursor.execute(_SLOTS)
        kept = dict(cursor.fetchall())
    yield number(
        "database_oldest_transaction_seconds",
        "Age of the oldest open transaction; vacuum removes nothing that is younger",
        oldest,
    )
    yield number(
        "database_transaction_id_age", "Transactions since the oldest row that is not frozen", age
    )
    yield number("database_size_bytes", "Size of the database", size)
    yield Figure(
        "database_dead_rows",
        "Rows of hot tables that vacuum has to remove",
        {(name,): rows for name, rows in dead.items()},
        labels=("table",),
    )
    if kept:
        yield Figure(
            "database_slot_kept_bytes",
            "Write-ahead log that a replication slot keeps",
            {(name,): size for name, size in kept.items()},
            labels=("slot",),
        )
