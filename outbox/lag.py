"""Lag: how old the oldest message is that a subscriber is owed."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a subscriber is behind.

    Dead letters and what waits behind them are no lag: they are counted by themselves.

    :ivar seconds: the age of the oldest message that it is owed; 0 where it is owed nothing.
    :ivar conversation: the conversation of that message.
    """

    seconds: float = 0.0
    conversation: UUID | None = None


# The first of the index are the oldest, but for messages that failed and have a new due time:
# these are looked for in the future, and there are few.
_LAG = """
SELECT s.name, extract(epoch FROM clock_timestamp() - oldest.recorded_at)::float8,
       oldest.aggregateid
FROM unnest(%s::text[]) AS s (name)
CROSS JOIN LATERAL (
    SELECT m.recorded_at, m.aggregateid
    FROM ((SELECT message_id FROM outbox_delivery
           WHERE subscriber = s.name AND status = 'owed' AND due_at <= now()
           ORDER BY due_at LIMIT 20)
          UNION ALL
          (SELECT message_id FROM outbox_delivery
           WHERE subscriber = s.name AND status = 'owed' AND due_at > now()
           ORDER BY due_at LIMIT 20)) AS owed
    JOIN outbox_message m ON m.id = owed.message_id
    ORDER BY m.recorded_at LIMIT 1
) AS oldest
"""


def lag(names: Collection[str]) -> dict[str, Lag]:
    """Say how far each of these subscribers is behind, at the same small price however much."""
    with connection.cursor() as cursor:
        cursor.execute(_LAG, [list(names)])
        late = {name: Lag(seconds, conversation) for name, seconds, conversation in cursor}
    return {name: late.get(name, Lag()) for name in names}
