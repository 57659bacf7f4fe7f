"""How far behind each subscriber is, read from the database at this moment."""

from dataclasses import dataclass

from django.db import connection

from outbox.registry import subscribers

_STATUS = """
WITH owed AS (
    SELECT subscriber, count(due_at) AS owed, count(*) FILTER (WHERE due_at IS NULL) AS parked,
           count(*) FILTER (WHERE due_at > now() AND attempts > 0) AS retrying,
           extract(epoch FROM now() - min(due_at)) AS late
    FROM outbox_delivery WHERE status = 'owed' GROUP BY subscriber
), dead AS (
    SELECT subscriber, count(*) AS dead
    FROM outbox_delivery WHERE status = 'dead' AND settled_at IS NULL GROUP BY subscriber
), settled AS (
    SELECT subscriber, count(*) AS settled
    FROM outbox_delivery WHERE settled_at > now() - interval '1 minute' GROUP BY subscriber
)
SELECT subscriber, coalesce(owed, 0), coalesce(retrying, 0), greatest(late, 0)::float,
       coalesce(dead, 0), coalesce(parked, 0), coalesce(settled, 0)
FROM (SELECT unnest(%s::text[]) AS subscriber) AS known
FULL JOIN owed USING (subscriber)
FULL JOIN dead USING (subscriber)
FULL JOIN settled USING (subscriber)
ORDER BY subscriber
"""

# The first entry of each subscriber in the index of what is owed, however much that is.
_OLDEST = """
SELECT coalesce(extract(epoch FROM now() - min(first.due_at)), 0)::float
FROM unnest(%s::text[]) AS s (name)
CROSS JOIN LATERAL (
    SELECT d.due_at FROM outbox_delivery d
    WHERE d.subscriber = s.name AND d.status = 'owed' AND d.due_at <= now()
    ORDER BY d.due_at LIMIT 1
) AS first
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one subscriber stands.

    :ivar owed: deliveries that are to be tried, now or later.
    :ivar retrying: those of them that have failed and wait for their next try.
    :ivar oldest_seconds: how long ago the oldest of them fell due; 0 where none is due.
    :ivar dead: its dead letters.
    :ivar parked: deliveries that wait behind a dead letter of their conversation.
    :ivar settled_per_minute: deliveries settled in the last minute.
    """

    subscriber: str
    owed: int
    retrying: int
    oldest_seconds: float
    dead: int
    parked: int
    settled_per_minute: int


def status() -> list[Standing]:
    """Return where every subscriber stands, those included that only the tables know."""
    with connection.cursor() as cursor:
        cursor.execute(_STATUS, [list(subscribers)])
        return [Standing(*row) for row in cursor.fetchall()]


def oldest_owed_seconds() -> float:
    """Return how long ago the oldest owed delivery of all fell due; 0 where none is due.

    It costs the same whatever has piled up, so that a probe may ask every few seconds.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST, [list(subscribers)])
        (seconds,) = cursor.fetchone()
        return float(seconds)
