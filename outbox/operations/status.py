"""Read from the database what each subscriber is owed now."""

import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from outbox.registry import is_paused, receivers

MINUTE: Final = 60

_STATUS = """
WITH lane AS (
    SELECT subscriber, count(*) FILTER (WHERE NOT stopped) AS owed,
           count(*) FILTER (WHERE NOT stopped AND due_at > now() AND attempts + refusals > 0)
               AS retrying,
           count(*) FILTER (WHERE stopped) AS stopped,
           extract(epoch FROM now() - min(due_at) FILTER (WHERE NOT stopped)) AS late
    FROM outbox_lane GROUP BY subscriber
), published AS (
    SELECT known.lane AS subscriber, count(DISTINCT m.id) AS messages
    FROM outbox_message m CROSS JOIN unnest(m.subscribers) AS owed (name)
    JOIN unnest(%(names)s::text[], %(lanes)s::text[]) AS known (name, lane) USING (name)
    WHERE m.id >= %(since)s
    GROUP BY known.lane
)
SELECT subscriber, coalesce(owed, 0), coalesce(retrying, 0), greatest(late, 0)::float,
       coalesce(stopped, 0), coalesce(messages, 0)
FROM (SELECT DISTINCT unnest(%(lanes)s::text[]) AS subscriber) AS known
FULL JOIN lane USING (subscriber)
FULL JOIN published USING (subscriber)
ORDER BY subscriber
"""

# Reads one index entry per subscriber, however much is owed.
_OLDEST = """
SELECT s.name, extract(epoch FROM now() - first.due_at)::float
FROM unnest(%s::text[]) AS s (name)
CROSS JOIN LATERAL (
    SELECT l.due_at FROM outbox_lane l
    WHERE l.subscriber = s.name AND NOT l.stopped AND l.due_at <= now()
    ORDER BY l.due_at LIMIT 1
) AS first
"""


@dataclass(frozen=True, slots=True)
class SubscriberStatus:
    """What one subscriber or group is owed.

    :ivar owed: conversations in which it is owed something, without stopped ones.
    :ivar retrying: those whose first message has failed and waits for its next attempt.
    :ivar oldest_seconds: how long ago the oldest of them fell due; 0 if none is due.
    :ivar dead: dead letters.
    :ivar messages_per_minute: messages published for it in the last minute.
    """

    subscriber: str
    owed: int
    retrying: int
    oldest_seconds: float
    dead: int
    messages_per_minute: int


def status() -> list[SubscriberStatus]:
    """Return the status of all subscribers, including those that only the tables know."""
    carried = [(name, receiver.name) for receiver in receivers() for name in receiver.names]
    with connection.cursor() as cursor:
        cursor.execute(
            _STATUS,
            {
                "names": [name for name, _ in carried],
                "lanes": [lane for _, lane in carried],
                "since": first_id(time.time() - MINUTE),
            },
        )
        return [SubscriberStatus(*row) for row in cursor.fetchall()]


def oldest_owed_seconds() -> float:
    """Return how long ago the oldest lane fell due; 0 if none is due."""
    return max(oldest_owed().values(), default=0.0)


def oldest_owed() -> dict[str, float]:
    """Return how long ago the oldest lane of each subscriber fell due, if one is due; seconds.

    Those that are paused are left out.

    The cost does not grow with the backlog, so a probe may ask every few seconds.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST, [[each.name for each in receivers() if not is_paused(each)]])
        return dict(cursor.fetchall())


def first_id(moment: float) -> UUID:
    """Return the smallest UUIDv7 of a moment (RFC 9562)."""
    return UUID(int=int(moment * 1000) << 80 | 0x7 << 76 | 0x8 << 60)
