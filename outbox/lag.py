"""Lag: how old the oldest message is that a subscriber is owed."""

from collections.abc import Collection
from dataclasses import dataclass
from operator import attrgetter
from uuid import UUID

from django.db import connection

from outbox.registry import subscribers


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a subscriber is behind.

    Dead letters and what waits behind them are no lag: they are counted by themselves.

    :ivar seconds: the age of the oldest message that it is owed; 0 where it is owed nothing.
    :ivar conversation: the conversation of that message.
    """

    seconds: float = 0.0
    conversation: UUID | None = None


# A lane that waits for its next try has a later due time: these are looked for in the future, and
# there are few. Of those that are due, the one with the earliest due time has waited longest.
_LAG = """
SELECT s.name, extract(epoch FROM clock_timestamp() - oldest.since)::float8,
       oldest.correlation_id
FROM unnest(%s::text[]) AS s (name)
CROSS JOIN LATERAL (
    SELECT owed.since, owed.correlation_id
    FROM ((SELECT since, correlation_id FROM outbox_lane
           WHERE subscriber = s.name AND NOT stopped AND due_at <= now()
           ORDER BY due_at LIMIT 20)
          UNION ALL
          (SELECT since, correlation_id FROM outbox_lane
           WHERE subscriber = s.name AND NOT stopped AND due_at > now()
           ORDER BY due_at LIMIT 20)) AS owed
    ORDER BY owed.since LIMIT 1
) AS oldest
"""


def lag(names: Collection[str]) -> dict[str, Lag]:
    """Say how far each of these subscribers is behind, at the same small price however much.

    A member of a group is as far behind as its group, or further where it has lanes of its own.
    """
    lanes = {name: {name, subscribers[name].lane} for name in names}
    with connection.cursor() as cursor:
        cursor.execute(_LAG, [sorted(set().union(*lanes.values()))])
        late = {lane: Lag(seconds, conversation) for lane, seconds, conversation in cursor}
    return {
        name: max((late.get(lane, Lag()) for lane in of_name), key=attrgetter("seconds"))
        for name, of_name in lanes.items()
    }
