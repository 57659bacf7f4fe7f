"""Parked deliveries: what waits behind a dead letter has no due time, so that no claim sees it.

The order of a conversation holds them back in any case; without parking, every claim of the
subscriber would look at each of them and pass on. Whoever settles or redrives a dead letter lets
go of what waits behind it. What is published to a parked conversation is parked by the next tick,
and a tick finds again what nobody has let go.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from outbox.registry import subscribers

MOST_AT_ONCE = 5000
"""Deliveries that one tick parks or lets go; the next one sees to the rest."""


def park() -> int:
    """Take the due time of what waits behind a dead letter; return how many deliveries that were.

    Whoever acts on the dead letter at this moment is not waited for, and waits for us.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PARK, [MOST_AT_ONCE])
        parked: int = cursor.rowcount
    return parked


def let_go(places: Collection[tuple[str, UUID]]) -> None:
    """Make due what is parked at these subscribers in these conversations.

    To be called when a dead letter has been redriven or settled, in the same transaction.
    """
    names, conversations = [name for name, _ in places], [key for _, key in places]
    with connection.cursor() as cursor:
        cursor.execute(_LET_GO, [names, conversations])


def let_go_of_orphans() -> int:
    """Make due what is parked behind no dead letter; return how many deliveries that were."""
    with connection.cursor() as cursor:
        cursor.execute(_LET_GO_OF_ORPHANS, [list(subscribers), MOST_AT_ONCE])
        freed: int = cursor.rowcount
    return freed


_PARK = """
UPDATE outbox_delivery SET due_at = NULL, claim = NULL
WHERE id = ANY(ARRAY(
    SELECT behind.id
    FROM outbox_delivery dead
    CROSS JOIN LATERAL (
        SELECT e.id FROM outbox_delivery e
        WHERE e.correlation_id = dead.correlation_id AND e.subscriber = dead.subscriber
          AND e.settled_at IS NULL AND e.sequence > dead.sequence
          AND e.status = 'owed' AND e.due_at IS NOT NULL
          AND NOT EXISTS (
              SELECT FROM outbox_lease l WHERE l.claim = e.claim AND l.ends_at >= now())
        ORDER BY e.sequence
    ) AS behind
    WHERE dead.status = 'dead' AND dead.settled_at IS NULL
    LIMIT %s
    FOR SHARE OF dead SKIP LOCKED))
"""

_LET_GO = """
UPDATE outbox_delivery SET due_at = clock_timestamp()
WHERE id = ANY(ARRAY(
    SELECT e.id FROM unnest(%s::text[], %s::uuid[]) AS place (subscriber, conversation)
    JOIN outbox_delivery e
      ON e.correlation_id = place.conversation AND e.subscriber = place.subscriber
    WHERE e.settled_at IS NULL AND e.status = 'owed' AND e.due_at IS NULL))
"""

_LET_GO_OF_ORPHANS = """
UPDATE outbox_delivery SET due_at = clock_timestamp()
WHERE due_at IS NULL AND id = ANY(ARRAY(
    SELECT parked.id FROM unnest(%s::text[]) AS s (name)
    CROSS JOIN LATERAL (
        SELECT e.id FROM outbox_delivery e
        WHERE e.subscriber = s.name AND e.status = 'owed' AND e.due_at IS NULL
          AND NOT EXISTS (
              SELECT FROM outbox_delivery d
              WHERE d.correlation_id = e.correlation_id AND d.subscriber = e.subscriber
                AND d.settled_at IS NULL AND d.status = 'dead' AND d.sequence < e.sequence)
        LIMIT %s
    ) AS parked))
"""
