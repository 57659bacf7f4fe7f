"""Measure lag: the age of the oldest message that a subscriber is owed."""

from collections.abc import Collection
from dataclasses import dataclass
from operator import attrgetter
from uuid import UUID

from django.db import connection

from outbox.registry import subscribers


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a subscriber is behind; stopped lanes do not count.

    :ivar seconds: the age of the oldest message that it is owed; 0 if it is owed nothing.
    :ivar conversation: the conversation of that message.
    """

    seconds: float = 0.0
    conversation: UUID | None = None


# Of the lanes that are due, the one with the earliest due time has waited longest. The few that
# wait for a retry are due in the future.
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
    """Return the lag of each subscriber, at a cost that does not grow with the backlog.

    The lag of a group's member is that of the group or of the member's own lanes, if greater.
    """
    lanes = {name: {name, subscribers[name].lane} for name in names}
    with connection.cursor() as cursor:
        cursor.execute(_LAG, [sorted(set().union(*lanes.values()))])
        late = {lane: Lag(seconds, conversation) for lane, seconds, conversation in cursor}
    return {
        name: max((late.get(lane, Lag()) for lane in of_name), key=attrgetter("seconds"))
        for name, of_name in lanes.items()
    }
