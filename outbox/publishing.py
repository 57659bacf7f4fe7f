"""Write messages and their deliveries in the transaction of the business change (M1)."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import msgspec
from django.db import connection, transaction
from uuid_utils.compat import uuid7

from outbox import bell
from outbox.handling import cause_of
from outbox.messages import Contract, context_of
from outbox.registry import subscribers_of


class PublishedOutsideTransaction(Exception):
    """A message was published where no transaction binds it to its cause: open one first."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that is about to be written, with the headers it inherits."""

    message: Contract
    conversation: UUID
    flow: str
    causation: UUID | None
    traceparent: str
    id: UUID = field(default_factory=uuid7)


_collected: ContextVar[list[Outgoing] | None] = ContextVar("outbox_collected", default=None)


def publish(message: Contract, *, conversation: UUID, flow: str = "") -> None:
    """Record a message so that it exists if and only if the caller's transaction commits.

    While a delivery is handled, flow, causation and trace come from the message of the same
    conversation that is being handled.

    :raises PublishedOutsideTransaction: no ``transaction.atomic()`` is open.
    """
    if not connection.in_atomic_block:
        raise PublishedOutsideTransaction(
            f"{type(message).__name__} was published outside transaction.atomic()"
        )
    cause = cause_of(conversation)
    outgoing = Outgoing(
        message=message,
        conversation=conversation,
        flow=flow or (cause.flow if cause else ""),
        causation=cause.id if cause else None,
        traceparent=cause.traceparent if cause else "",
    )
    collected = _collected.get()
    if collected is None:
        hearers = write([outgoing])
        transaction.on_commit(partial(bell.ring, hearers))
    else:
        collected.append(outgoing)


@contextmanager
def collecting() -> Iterator[list[Outgoing]]:
    """Collect what a batch of handlers publishes, so that it can be written in one statement."""
    collected: list[Outgoing] = []
    token = _collected.set(collected)
    try:
        yield collected
    finally:
        _collected.reset(token)


def write(
    outgoing: Sequence[Outgoing], handled: Collection[tuple[UUID, str]] = frozenset()
) -> set[str]:
    """Insert messages and one delivery per subscriber in one statement.

    :param handled: message and subscriber of what was handled in this transaction already.
    :returns: the subscribers that are owed something by this.
    """
    if not outgoing:
        return set()
    later = Counter(item.conversation for item in outgoing)
    behind = []
    for item in outgoing:
        later[item.conversation] -= 1
        behind.append(later[item.conversation])
    owed = [
        (item.id, subscriber)
        for item in outgoing
        for subscriber in subscribers_of(type(item.message), item.flow)
    ]
    document = msgspec.json.encode(
        [
            {
                "id": item.id,
                "context": context_of(type(item.message)),
                "conversation": item.conversation,
                "behind": behind_it,
                "type": type(item.message).__name__,
                "version": item.message.version,
                "payload": item.message,
                "causation": item.causation,
                "flow": item.flow,
                "trace": item.traceparent,
            }
            for item, behind_it in zip(outgoing, behind, strict=True)
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                "messages": document.decode(),
                "owed_ids": [message_id for message_id, _ in owed],
                "owed_to": [subscriber for _, subscriber in owed],
                "handled": [pair in handled for pair in owed],
            },
        )
    return {
        subscriber for message_id, subscriber in owed if (message_id, subscriber) not in handled
    }


# A conversation's counter is taken in key order, so that two publishers cannot deadlock, and
# clock_timestamp() is read while it is held, so that times follow the sequence.
_WRITE = """
WITH published AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(messages)s::jsonb) AS p (
        id uuid, context text, conversation uuid, behind int, type text, version smallint,
        payload jsonb, causation uuid, flow text, trace text
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
       CASE WHEN o.handled THEN 'done' ELSE 'owed' END, o.handled::int,
       CASE WHEN o.handled THEN m.recorded_at END
FROM unnest(%(owed_ids)s::uuid[], %(owed_to)s::text[], %(handled)s::bool[])
    AS o (id, subscriber, handled)
JOIN logged m ON m.id = o.id
ORDER BY m.recorded_at, m.sequence
"""
