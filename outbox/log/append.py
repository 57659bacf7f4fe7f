"""Append messages to the log, and insert a lane for each subscriber that had none."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from msgspec.json import encode

from outbox.messages import type_of
from outbox.registry import lane_of, subscribers_of


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row of the log that is about to be written.

    :ivar payload: a contract, or the JSON of one as :class:`msgspec.Raw`.
    :ivar handled: the subscribers who have been handed it in this transaction.
    """

    id: UUID
    context: str
    conversation: UUID
    type: str
    version: int
    causation: UUID | None
    flow: str
    traceparent: str
    payload: Any
    handled: Collection[str] = ()


def append(rows: Sequence[NewRow]) -> set[str]:
    """Insert messages, and lanes for those who are owed one and have none in that conversation.

    :returns: the names of the lanes in which something is owed by this.
    """
    if not rows:
        return set()
    messages, lanes = _documents(rows)
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, [encode(messages).decode(), encode(lanes).decode()])
    return {each["lane"] for each in lanes}


def _documents(rows: Sequence[NewRow]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the messages, and the lanes with the first message that each is owed.

    Where a message stands in its conversation is known to the database only, so both say how many
    messages of the same conversation come behind.
    """
    behind = Counter(row.conversation for row in rows)
    messages = []
    first: dict[UUID, dict[str, int]] = {}
    for row in rows:
        behind[row.conversation] = place = behind[row.conversation] - 1
        names = subscribers_of(type_of[row.type], row.flow)
        owed_here = first.setdefault(row.conversation, {})
        for name in names:
            if name not in row.handled:
                owed_here.setdefault(lane_of(name), place)
        messages.append(
            {
                "id": row.id,
                "context": row.context,
                "conversation": row.conversation,
                "behind": place,
                "type": row.type,
                "version": row.version,
                "payload": row.payload,
                "causation": row.causation,
                "flow": row.flow,
                "trace": row.traceparent,
                "names": names,
            }
        )
    lanes = [
        {"conversation": conversation, "lane": lane, "behind": place}
        for conversation, owed in first.items()
        for lane, place in owed.items()
    ]
    return messages, lanes


# A conversation's counter is taken in key order, so that two publishers cannot deadlock, and
# clock_timestamp() is read while it is held, so that times follow the sequence. A lane is looked
# for while it is held, too: a turn that ends one holds it likewise, or leaves the lane.
_APPEND = """
WITH published AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%s::jsonb) AS p (
        id uuid, context text, conversation uuid, behind int, type text, version smallint,
        payload jsonb, causation uuid, flow text, trace text, names text[]
    )
), counted AS (
    INSERT INTO outbox_conversation AS c (id, sequence, flow)
    SELECT conversation, count(*), max(flow)
    FROM published GROUP BY conversation ORDER BY conversation
    ON CONFLICT (id) DO UPDATE SET sequence = c.sequence + EXCLUDED.sequence,
        flow = CASE WHEN c.flow = '' THEN EXCLUDED.flow ELSE c.flow END
    RETURNING id, sequence
), logged AS (
    INSERT INTO outbox_message (
        id, aggregatetype, aggregateid, sequence, type, version, payload,
        causation_id, flow, subscribers, traceparent, recorded_at
    )
    SELECT p.id, p.context, p.conversation, c.sequence - p.behind, p.type, p.version,
           p.payload, p.causation, p.flow, p.names, p.trace, clock_timestamp()
    FROM published p JOIN counted c ON c.id = p.conversation
)
INSERT INTO outbox_lane (correlation_id, subscriber, next, since, due_at)
SELECT o.conversation, o.lane, c.sequence - o.behind, clock_timestamp(), clock_timestamp()
FROM jsonb_to_recordset(%s::jsonb) AS o (conversation uuid, lane text, behind int)
JOIN counted c ON c.id = o.conversation
ORDER BY o.conversation, o.lane
ON CONFLICT (correlation_id, subscriber) DO NOTHING
"""
