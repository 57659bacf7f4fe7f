"""Lock conversations, and read how far they have come. Lock a conversation before its rows."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

# An array that the planner cannot count is planned for once, and not at each number of keys.
_LOCK = """
SELECT id, sequence FROM outbox_conversation
WHERE id = ANY(ARRAY(SELECT unnest(%s::uuid[]))) ORDER BY id FOR UPDATE
"""

_REACHED = "SELECT id, sequence FROM outbox_conversation WHERE id = ANY(%s)"

_FLOW = "SELECT flow FROM outbox_conversation WHERE id = %s"

_WAITING = """
SELECT subscriber, correlation_id FROM outbox_lane
WHERE correlation_id = ANY(ARRAY(SELECT unnest(%s::uuid[]))) AND id <> ALL(%s::bigint[])
"""


def lock(conversations: Collection[UUID]) -> dict[UUID, int]:
    """Lock conversations until the transaction ends, in key order to avoid deadlocks.

    No other transaction publishes to them meanwhile.

    :returns: the number of messages of each.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(conversations)])
        return dict(cursor.fetchall())


def reached(conversations: Collection[UUID]) -> dict[UUID, int]:
    """Return the number of messages of each conversation, without a lock (see :func:`snapshot`)."""
    with connection.cursor() as cursor:
        cursor.execute(_REACHED, [list(conversations)])
        return dict(cursor.fetchall())


@contextmanager
def snapshot(database: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Open the outermost transaction as a snapshot: it reads one state and blocks no writer."""
    with transaction.atomic(using=database, durable=True), connections[database].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def flow_of(conversation: UUID) -> str:
    """Return the flow of a conversation; empty if it has no message yet."""
    with connection.cursor() as cursor:
        cursor.execute(_FLOW, [conversation])
        row = cursor.fetchone()
        return str(row[0]) if row else ""


def waiting(conversations: Collection[UUID], *, beside: Collection[int]) -> set[tuple[str, UUID]]:
    """Return the lanes of these conversations, by name.

    :param beside: lanes to leave out, since the caller is handling them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [list(conversations), list(beside)])
        return set(cursor.fetchall())
