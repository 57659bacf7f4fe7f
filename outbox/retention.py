"""Retention: remove old messages, attempts and submitted forms, as the settings say.

What no endpoint of webhooks needs any more goes too: secrets that have ended, and what is owed to
endpoints that were removed.

A conversation's messages are removed together: once nothing of it is owed or scheduled, its last
message is old enough, and no keeper names it. So a dead letter that can be redriven keeps its
conversation. The row of the conversation stays: it keeps the sequence for later messages and says
up to which sequence messages were removed.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from django.conf import settings
from django.db import connection

from outbox.kit.rows.removal import remove_old
from outbox.models import FailedAttempt, Message, WebhookAttempt
from outbox.webhooks.registered import give_up_lanes_of_removed
from outbox.webhooks.signing_secrets import encrypt_anew, remove_ended

Keeper: TypeAlias = Callable[[Collection[UUID]], set[UUID]]
"""Returns those of these conversations that are still open, whether or not anything is owed."""

keepers: list[Keeper] = []

DAYS_OF_SUBMISSIONS = 30
"""How long a submitted form of the admin is remembered, so that it is not carried out again."""


def keeps(keeper: Keeper) -> Keeper:
    """Register a function that can keep conversations; an app imports it when it starts."""
    keepers.append(keeper)
    return keeper


@dataclass(frozen=True, slots=True)
class RemovedMessages:
    """How many rows were removed."""

    failures: int
    webhooks: int
    messages: int


def remove_what_is_over(*, seconds: float) -> RemovedMessages:
    """Remove what the settings no longer keep, for at most this time, and old submitted forms."""
    until = time.monotonic() + seconds
    _forget_submissions()
    remove_ended()
    encrypt_anew()
    give_up_lanes_of_removed()
    return RemovedMessages(
        failures=remove_old(
            FailedAttempt.objects.all(),
            "at",
            days=settings.OUTBOX_KEEP_FAILURES_DAYS,
            until=until,
        ),
        webhooks=remove_old(
            WebhookAttempt.objects.all(),
            "at",
            days=settings.WEBHOOK_KEEP_ATTEMPTS_DAYS,
            until=until,
        ),
        messages=_remove_messages(settings.OUTBOX_KEEP_LOG_DAYS, until),
    )


def _forget_submissions() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_SUBMISSIONS, [DAYS_OF_SUBMISSIONS])


def _remove_messages(days: int | None, until: float) -> int:
    def remove(conversations: Collection[UUID]) -> int:
        over = _locked(conversations)
        for keeper in keepers:
            over -= keeper(over)
        with connection.cursor() as cursor:
            cursor.execute(_REMOVE, {"conversations": list(over), "days": days})
            return int(cursor.rowcount)

    return remove_old(
        Message.objects.all(),
        "recorded_at",
        days=days,
        until=until,
        remove=remove,
        key="correlation_id",
    )


def _locked(conversations: Collection[UUID]) -> set[UUID]:
    """Lock conversations so that nothing is published to them; skip those that are locked."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(conversations)])
        return {key for (key,) in cursor.fetchall()}


_FORGET_SUBMISSIONS = "DELETE FROM outbox_submission WHERE at < now() - make_interval(days => %s)"

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
