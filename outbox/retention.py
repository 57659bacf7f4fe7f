"""Retention: what is over is removed from the log after some days, or never; failures too.

A conversation is over as a whole or not at all: nothing of it is owed or scheduled, it has been
silent for long enough, and no keeper names it. So a dead letter that can be redriven keeps its
conversation, and an order's messages are either all there or all gone. The row of the conversation
stays: its counter goes on from where it was if the order is ever spoken of again, and says up to
where messages were removed.

The walk goes over the oldest messages first, a page per transaction. Whatever stops it costs
nothing: the next one begins with what is oldest then.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

Keeper: TypeAlias = Callable[[Collection[UUID]], set[UUID]]
"""Names those of these conversations that are not over, whatever is owed of them."""

keepers: list[Keeper] = []

DAYS_OF_SUBMISSIONS = 30
"""How long it is known that a form of the admin was sent."""

PAGE = 1000
"""Rows that one transaction looks at."""


def keeps(keeper: Keeper) -> Keeper:
    """Let a function have a say in what is over; an app wires it where it is started."""
    keepers.append(keeper)
    return keeper


@dataclass(frozen=True, slots=True)
class RemovedMessages:
    """How many rows went."""

    failures: int
    messages: int


def remove_what_is_over(*, seconds: float) -> RemovedMessages:
    """Remove what the settings say, for so long at most, and forms that were sent long ago."""
    until = time.monotonic() + seconds
    _forget_submissions()
    return RemovedMessages(
        failures=_remove_failures(settings.OUTBOX_KEEP_FAILURES_DAYS, until),
        messages=_remove_messages(settings.OUTBOX_KEEP_LOG_DAYS, until),
    )


def _forget_submissions() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_SUBMISSIONS, [DAYS_OF_SUBMISSIONS])


def _remove_failures(days: int | None, until: float) -> int:
    removed = 0
    while days is not None and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(_REMOVE_FAILURES, {"days": days, "page": PAGE})
            removed += cursor.rowcount
            if cursor.rowcount < PAGE:
                break
    return removed


def _remove_messages(days: int | None, until: float) -> int:
    removed, after = 0, UUID(int=0)
    while days is not None and time.monotonic() < until:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PAGE, {"after": after, "days": days, "page": PAGE})
            rows = cursor.fetchall()
            old = {conversation for _, conversation, is_old in rows if is_old}
            if not old:
                return removed
            over = _locked(old)
            for keeper in keepers:
                over -= keeper(over)
            cursor.execute(_REMOVE, {"conversations": list(over), "days": days})
            removed += cursor.rowcount
            after = rows[-1][0]
    return removed


def _locked(conversations: set[UUID]) -> set[UUID]:
    """Take these conversations, so that nothing is published to them; those at work are passed."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(conversations)])
        return {key for (key,) in cursor.fetchall()}


_FORGET_SUBMISSIONS = "DELETE FROM outbox_submission WHERE at < now() - make_interval(days => %s)"

_REMOVE_FAILURES = """
DELETE FROM outbox_failedattempt WHERE id = ANY(ARRAY(
    SELECT id FROM outbox_failedattempt
    WHERE at < now() - make_interval(days => %(days)s) LIMIT %(page)s))
"""

# Ids follow time nearly enough to say when a walk has come to what is young.
_PAGE = """
SELECT m.id, m.aggregateid, m.recorded_at < now() - make_interval(days => %(days)s)
FROM outbox_message m WHERE m.id > %(after)s ORDER BY m.id LIMIT %(page)s
"""

_LOCK = """
SELECT id FROM outbox_conversation WHERE id = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED
"""

# A scalar subquery per conversation leaves the planner no way but the indexes that begin with it,
# whatever the statistics say.
_REMOVE = """
WITH over AS MATERIALIZED (
    SELECT c.id, c.sequence FROM outbox_conversation c
    WHERE c.id = ANY(%(conversations)s)
      AND (SELECT max(m.recorded_at) FROM outbox_message m
           WHERE m.aggregateid = c.id) < now() - make_interval(days => %(days)s)
      AND (SELECT count(*) FROM outbox_lane l WHERE l.correlation_id = c.id) = 0
      AND (SELECT count(*) FROM outbox_scheduledmessage s WHERE s.correlation_id = c.id) = 0
), noted AS (
    UPDATE outbox_conversation c SET messages_removed = over.sequence
    FROM over WHERE c.id = over.id
)
DELETE FROM outbox_message WHERE id = ANY(ARRAY(
    SELECT m.id FROM over JOIN outbox_message m ON m.aggregateid = over.id))
"""
