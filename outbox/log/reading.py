"""Read the messages of conversations from the log, in order."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from msgspec import ValidationError

from outbox.messages import Contract, Envelope, UnknownMessage, decode

_MESSAGES = """
SELECT m.id, m.aggregateid, m.sequence, m.type, m.version, m.payload::text, m.flow, m.traceparent,
       extract(epoch FROM m.recorded_at)::float8
FROM outbox_message m
WHERE m.aggregateid = ANY(%s) AND m.type = ANY(%s)
ORDER BY m.aggregateid, m.sequence
"""

_HANDLED = """
SELECT m.id, m.aggregateid, m.sequence, m.type, m.version, m.payload::text, m.flow, m.traceparent,
       extract(epoch FROM m.recorded_at)::float8
FROM outbox_message m
WHERE m.aggregateid = ANY(%(conversations)s) AND m.subscribers @> ARRAY[%(name)s]::varchar[]
  AND NOT EXISTS (
      SELECT FROM outbox_lane l
      WHERE l.correlation_id = m.aggregateid AND l.subscriber = %(name)s AND l.next <= m.sequence)
  AND NOT EXISTS (
      SELECT FROM outbox_operatoract a
      WHERE a.correlation_id = m.aggregateid AND a.verb = 'discard'
        AND a.details ->> 'subscriber' = %(name)s AND (a.details ->> 'sequence')::int = m.sequence)
ORDER BY m.aggregateid, m.sequence
"""

_CONVERSATIONS = "SELECT id FROM outbox_conversation WHERE id > %s ORDER BY id LIMIT %s"

_COMPLETE = """
SELECT c.id FROM outbox_conversation c
WHERE c.id = ANY(%s)
  AND c.sequence = (SELECT count(*) FROM outbox_message m WHERE m.aggregateid = c.id)
"""

_LATEST = """
SELECT DISTINCT aggregateid FROM (
    SELECT aggregateid FROM outbox_message ORDER BY id DESC LIMIT %s) AS latest
"""

FIRST = UUID(int=0)
"""Comes before every conversation."""


def conversations_after(conversation: UUID, limit: int) -> list[UUID]:
    """List the conversations after a given one (or :data:`FIRST`), by key."""
    with connection.cursor() as cursor:
        cursor.execute(_CONVERSATIONS, [conversation, limit])
        return [key for (key,) in cursor.fetchall()]


def latest_conversations(messages: int) -> list[UUID]:
    """List the conversations of the latest messages."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [messages])
        return [key for (key,) in cursor.fetchall()]


def complete(conversations: Collection[UUID]) -> set[UUID]:
    """Return those conversations of which the log still has every message."""
    with connection.cursor() as cursor:
        cursor.execute(_COMPLETE, [list(conversations)])
        return {key for (key,) in cursor.fetchall()}


def read(
    conversations: Collection[UUID], contracts: Collection[type[Contract]]
) -> Iterator[Envelope[Any]]:
    """Yield the messages of some types, in order per conversation."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MESSAGES, [list(conversations), [contract.__name__ for contract in contracts]]
        )
        rows = cursor.fetchall()
    yield from map(_envelope, rows)


def handled(
    conversations: Collection[UUID], subscriber: str
) -> tuple[list[Envelope[Any]], set[UUID]]:
    """Return what a subscriber has handled, in order per conversation.

    What was discarded is left out.

    :returns: the messages, and the conversations with one that this code cannot read.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HANDLED, {"conversations": list(conversations), "name": subscriber})
        rows = cursor.fetchall()
    found: list[Envelope[Any]] = []
    unreadable: set[UUID] = set()
    for row in rows:
        try:
            found.append(_envelope(row))
        except (UnknownMessage, ValidationError):
            unreadable.add(row[1])
    return found, unreadable


def _envelope(row: Sequence[Any]) -> Envelope[Any]:
    # Times as objects would take twice as long to fetch.
    key, conversation, sequence, name, version, payload, flow, trace, at = row
    return Envelope(
        message=decode(name, version, payload),
        id=key,
        conversation=conversation,
        sequence=sequence,
        flow=flow,
        traceparent=trace,
        recorded_at=datetime.fromtimestamp(at, UTC),
        attempt=1,
    )
