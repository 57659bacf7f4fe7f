"""Append messages to the log, and leave a lane to everyone who is owed something by them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from outbox.messages import type_of
from outbox.registry import subscribers, subscribers_of


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row of the log that is about to be written.

    :ivar payload: a contract, or the JSON of one as :class:`msgspec.Raw`.
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


Handled = Collection[tuple[UUID, str]]
"""Message and subscriber of what was handled in the transaction that publishes it."""


def append(rows: Sequence[NewRow], handled: Handled = frozenset()) -> set[str]:
    """Insert messages, and lanes for those who are owed one and have none in that conversation.

    :returns: the names of the lanes in which something is owed by this.
    """
    if not rows:
        return set()
    names_of = {row.id: subscribers_of(type_of[row.type], row.flow) for row in rows}
    messages, lanes = _documents(rows, names_of, handled)
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, [messages, lanes])
    return {
        subscribers[name].lane
        for key, names in names_of.items()
        for name in names
        if (key, name) not in handled
    }


def _documents(
    rows: Sequence[NewRow], names_of: Mapping[UUID, Sequence[str]], handled: Handled
) -> tuple[str, str]:
    """Return the messages as JSON, and the lanes with the first message that each is owed.

    Where a message stands in its conversation is known to the database only, so both say how many
    messages of the same conversation come behind.
    """
    behind = Counter(row.conversation for row in rows)
    messages = []
    lanes: dict[tuple[UUID, str], int] = {}
    for row in rows:
        behind[row.conversation] -= 1
        for name in names_of[row.id]:
            if (row.id, name) not in handled:
                lane = row.conversation, subscribers[name].lane
                lanes.setdefault(lane, behind[row.conversation])
        messages.append(
            {
                "id": row.id,
                "context": row.context,
                "conversation": row.conversation,
                "behind": behind[row.conversation],
                "type": row.type,
                "version": row.version,
                "payload": row.payload,
                "causation": row.causation,
                "flow": row.flow,
                "trace": row.traceparent,
                "names": names_of[row.id],
            }
        )
    owed = [
        {"conversation": conversation, "lane": lane, "behind": number}
        for (conversation, lane), number in lanes.items()
    ]
    return msgspec.json.encode(messages).decode(), msgspec.json.encode(owed).decode()


# A conversation's counter is taken in key order, so that two publishers cannot deadlock, and
# clock_timestamp() is read while it is held, so that times follow the sequence. A lane is looked
# for while it is held, too: whoever ends one holds it likewise, or leaves the lane.
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
