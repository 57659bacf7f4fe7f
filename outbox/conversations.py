"""Conversations as locks: whoever acts on an order takes its conversation first, then its rows."""

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
    """Lock conversations until the transaction ends, in key order so that nobody deadlocks.

    Nothing is published to them meanwhile by anyone else.

    :returns: how many messages each of them has.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(conversations)])
        return dict(cursor.fetchall())


def reached(conversations: Collection[UUID]) -> dict[UUID, int]:
    """Return how many messages each conversation has; in a snapshot it stays so without a lock."""
    with connection.cursor() as cursor:
        cursor.execute(_REACHED, [list(conversations)])
        return dict(cursor.fetchall())


@contextmanager
def snapshot(database: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Open a transaction that sees everything as it stands at one moment, and holds up nobody.

    It has to be the outermost one.
    """
    with transaction.atomic(using=database, durable=True), connections[database].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def flow_of(conversation: UUID) -> str:
    """Return the flow that a conversation takes; empty while nothing is committed of it."""
    with connection.cursor() as cursor:
        cursor.execute(_FLOW, [conversation])
        row = cursor.fetchone()
        return str(row[0]) if row else ""


def waiting(conversations: Collection[UUID], *, beside: Collection[int]) -> set[tuple[str, UUID]]:
    """Return the lanes of these conversations in which something is owed, by name.

    :param beside: lanes that do not count, since they are being handled.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [list(conversations), list(beside)])
        return set(cursor.fetchall())
