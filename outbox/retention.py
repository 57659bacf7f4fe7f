"""Retention: what is over is removed, deliveries after some days, messages after more or never.

A conversation is over as a whole or not at all: everything in it is settled and has been for long
enough, nothing of it is scheduled, and no keeper names it. So a dead letter that can be redriven
keeps its conversation, and an order's deliveries are either all there or all gone. The row of the
conversation stays: its counter goes on from where it was if the order is ever spoken of again, and
says up to where rows were removed.

The walk goes over the oldest rows first, a page per transaction. Whatever stops it costs nothing:
the next one begins with what is oldest then.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

Keeper: TypeAlias = Callable[[Collection[UUID]], set[UUID]]
"""Names those of these conversations that are not over, whatever their deliveries say."""

keepers: list[Keeper] = []

PAGE = 1000
"""Rows that one transaction looks at."""


def keeps(keeper: Keeper) -> Keeper:
    """Let a function have a say in what is over; an app wires it where it is started."""
    keepers.append(keeper)
    return keeper


@dataclass(frozen=True, slots=True)
class Removed:
    """How many rows went."""

    deliveries: int
    messages: int


def remove_what_is_over(*, seconds: float) -> Removed:
    """Remove what the settings say, for so long at most."""
    until = time.monotonic() + seconds
    return Removed(
        deliveries=_remove("delivery", settings.OUTBOX_KEEP_DELIVERIES_DAYS, until),
        messages=_remove("message", settings.OUTBOX_KEEP_LOG_DAYS, until),
    )


def _remove(what: str, days: int | None, until: float) -> int:
    if days is None:
        return 0
    removed, after = 0, _FIRST[what]
    while time.monotonic() < until:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PAGES[what], {"after": after, "days": days, "page": PAGE})
            rows = cursor.fetchall()
            old = {conversation for _, conversation, is_old in rows if is_old}
            if not old:
                return removed
            over = _locked(old)
            for keeper in keepers:
                over -= keeper(over)
            cursor.execute(_REMOVALS[what], {"conversations": list(over), "days": days})
            removed += cursor.rowcount
            after = rows[-1][0]
    return removed


def _locked(conversations: set[UUID]) -> set[UUID]:
    """Take these conversations, so that nothing is published to them; those at work are passed."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(conversations)])
        return {key for (key,) in cursor.fetchall()}


_FIRST: dict[str, Any] = {"delivery": 0, "message": UUID(int=0)}

# Keys follow time nearly enough to say when a walk has come to what is young.
_PAGES = {
    "delivery": """
SELECT d.id, d.correlation_id, m.recorded_at < now() - make_interval(days => %(days)s)
FROM outbox_delivery d JOIN outbox_message m ON m.id = d.message_id
WHERE d.id > %(after)s ORDER BY d.id LIMIT %(page)s
""",
    "message": """
SELECT m.id, m.aggregateid, m.recorded_at < now() - make_interval(days => %(days)s)
FROM outbox_message m WHERE m.id > %(after)s ORDER BY m.id LIMIT %(page)s
""",
}

_LOCK = """
SELECT id FROM outbox_conversation WHERE id = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED
"""

# The deliveries of a conversation are found by its messages, both by unique indexes; a scalar
# subquery per conversation leaves the planner no other way, whatever the statistics say.
_REMOVALS = {
    "delivery": """
WITH over AS MATERIALIZED (
    SELECT c.id, c.sequence FROM outbox_conversation c
    WHERE c.id = ANY(%(conversations)s)
      AND (SELECT max(coalesce(d.settled_at, 'infinity'))
           FROM outbox_message m JOIN outbox_delivery d ON d.message_id = m.id
           WHERE m.aggregateid = c.id) < now() - make_interval(days => %(days)s)
      AND (SELECT count(*) FROM outbox_scheduledmessage s WHERE s.correlation_id = c.id) = 0
), noted AS (
    UPDATE outbox_conversation c SET deliveries_removed = over.sequence
    FROM over WHERE c.id = over.id
)
DELETE FROM outbox_delivery WHERE id = ANY(ARRAY(
    SELECT d.id FROM over
    JOIN outbox_message m ON m.aggregateid = over.id
    JOIN outbox_delivery d ON d.message_id = m.id))
""",
    "message": """
WITH over AS MATERIALIZED (
    SELECT c.id, c.sequence FROM outbox_conversation c
    WHERE c.id = ANY(%(conversations)s)
      AND (SELECT max(m.recorded_at) FROM outbox_message m
           WHERE m.aggregateid = c.id) < now() - make_interval(days => %(days)s)
      AND (SELECT count(*) FROM outbox_message m JOIN outbox_delivery d ON d.message_id = m.id
           WHERE m.aggregateid = c.id) = 0
      AND (SELECT count(*) FROM outbox_scheduledmessage s WHERE s.correlation_id = c.id) = 0
), noted AS (
    UPDATE outbox_conversation c
    SET messages_removed = over.sequence, deliveries_removed = over.sequence
    FROM over WHERE c.id = over.id
)
DELETE FROM outbox_message WHERE id = ANY(ARRAY(
    SELECT m.id FROM over JOIN outbox_message m ON m.aggregateid = over.id))
""",
}
