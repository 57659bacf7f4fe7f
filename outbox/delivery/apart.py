"""Give a member of a group lanes of its own, after it has failed at something."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import connection


def set_aside(member: str, first: Sequence[tuple[UUID, int]]) -> None:
    """Leave a member of a group lanes of its own, from the first messages not handed to it."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SET_ASIDE,
            [member, [conversation for conversation, _ in first], [place for _, place in first]],
        )


def apart(members: Collection[str], conversations: Collection[UUID]) -> set[tuple[str, UUID]]:
    """Return the members of a group that have lanes of their own in these conversations."""
    with connection.cursor() as cursor:
        cursor.execute(_APART, [list(conversations), list(members)])
        return set(cursor.fetchall())


_SET_ASIDE = """
INSERT INTO outbox_lane (subscriber, correlation_id, next, since, due_at)
SELECT %s, first.conversation, first.next, clock_timestamp(), clock_timestamp()
FROM unnest(%s::uuid[], %s::int[]) AS first (conversation, next)
ON CONFLICT (correlation_id, subscriber) DO NOTHING
"""

_APART = """
SELECT subscriber, correlation_id FROM outbox_lane
WHERE correlation_id = ANY(ARRAY(SELECT unnest(%s::uuid[]))) AND subscriber = ANY(%s)
"""
