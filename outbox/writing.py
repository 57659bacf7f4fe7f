"""Append messages to the log, with a delivery for each subscriber, in one statement."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from outbox.messages import type_of
from outbox.registry import subscribers_of


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


def append(rows: Sequence[NewRow], handled: Collection[tuple[UUID, str]] = frozenset()) -> set[str]:
    """Insert messages and one delivery per subscriber.

    :param handled: message and subscriber of what was handled in this transaction already.
    :returns: the subscribers that are owed something by this.
    """
    if not rows:
        return set()
    owed_of = {row.id: subscribers_of(type_of[row.type], row.flow) for row in rows}
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, [_as_json(rows, owed_of, handled)])
    return {
        subscriber
        for message_id, names in owed_of.items()
        for subscriber in names
        if (message_id, subscriber) not in handled
    }


def _as_json(
    rows: Sequence[NewRow],
    owed_of: Mapping[UUID, Sequence[str]],
    handled: Collection[tuple[UUID, str]],
) -> str:
    behind = Counter(row.conversation for row in rows)
    document = []
    for row in rows:
        behind[row.conversation] -= 1
        document.append(
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
                "owed": {name: (row.id, name) in handled for name in owed_of[row.id]},
            }
        )
    return msgspec.json.encode(document).decode()


# A conversation's counter is taken in key order, so that two publishers cannot deadlock, and
# clock_timestamp() is read while it is held, so that times follow the sequence.
_APPEND = """
WITH published AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%s::jsonb) AS p (
        id uuid, context text, conversation uuid, behind int, type text, version smallint,
        payload jsonb, causation uuid, flow text, trace text, owed jsonb
    )
), counted AS (
    INSERT INTO outbox_conversation AS c (id, sequence)
    SELECT conversation, count(*) FROM published GROUP BY conversation ORDER BY conversation
    ON CONFLICT (id) DO UPDATE SET sequence = c.sequence + EXCLUDED.sequence
    RETURNING id, sequence
), logged AS (
    INSERT INTO outbox_message (
        id, aggregatetype, aggregateid, sequence, type, version, payload,
        causation_id, flow, traceparent, recorded_at
    )
    SELECT p.id, p.context, p.conversation, c.sequence - p.behind, p.type, p.version,
           p.payload, p.causation, p.flow, p.trace, clock_timestamp()
    FROM published p JOIN counted c ON c.id = p.conversation
    RETURNING id, aggregateid, sequence, recorded_at
)
INSERT INTO outbox_delivery (
    message_id, subscriber, correlation_id, sequence, due_at, error, traceback,
    status, attempts, settled_at
)
SELECT m.id, o.subscriber, m.aggregateid, m.sequence, m.recorded_at, '', '',
       CASE WHEN o.handled::bool THEN 'done' ELSE 'owed' END, o.handled::bool::int,
       CASE WHEN o.handled::bool THEN m.recorded_at END
FROM published p JOIN logged m ON m.id = p.id
CROSS JOIN LATERAL jsonb_each(p.owed) AS o (subscriber, handled)
ORDER BY m.recorded_at, m.sequence
"""
