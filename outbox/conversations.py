"""Conversations as locks: whoever acts on an order takes its conversation first, then its rows."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

_LOCK = """
SELECT id, sequence FROM outbox_conversation WHERE id = ANY(%s) ORDER BY id FOR UPDATE
"""

_FLOW = "SELECT flow FROM outbox_conversation WHERE id = %s"

_WAITING = """
SELECT subscriber, correlation_id FROM outbox_lane
WHERE correlation_id = ANY(%s) AND id <> ALL(%s)
"""


def lock(conversations: Collection[UUID]) -> dict[UUID, int]:
    """Lock conversations until the transaction ends, in key order so that nobody deadlocks.

    Nothing is published to them meanwhile by anyone else.

    :returns: how many messages each of them has.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(conversations)])
        return dict(cursor.fetchall())


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
