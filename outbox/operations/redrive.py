"""Redrive or discard dead letters; drop what is owed to a subscriber that the code no longer has.

A dead letter is the first message of its lane, so what is owed behind it follows in order.
"""

from collections.abc import Collection
from functools import partial

from django.db import connection, transaction

from outbox import conversations
from outbox.acts import ReasonMissing, record_act
from outbox.doorbell import bell
from outbox.models import Lane
from outbox.operations.dead_letters import Selection
from outbox.registry import known, receiver_of

BATCH = 200
"""Dead letters per transaction."""

_CHANGES = {"redrive": "", "discard": "next = next + 1,"}

_GO_ON = """
UPDATE outbox_lane
SET {change} stopped = false, attempts = 0, refusals = 0, due_at = clock_timestamp()
WHERE id = ANY(%s)
"""

_END = """
DELETE FROM outbox_lane l WHERE l.id = ANY(%s) AND NOT EXISTS (
    SELECT FROM outbox_message m
    WHERE m.aggregateid = l.correlation_id AND m.sequence >= l.next
      AND (l.subscriber = ANY(m.subscribers) OR EXISTS (
          SELECT FROM unnest(%s::text[], %s::text[]) AS known (name, lane)
          WHERE known.lane = l.subscriber AND known.name = ANY(m.subscribers))))
"""


def redrive(selection: Selection, *, actor: str, reason: str) -> list[int]:
    """Make dead letters owed again, with all their attempts.

    :returns: the lanes that continue.
    :raises ReasonMissing: the reason is empty.
    """
    return _act("redrive", selection, actor, reason)


def discard(selection: Selection, *, actor: str, reason: str) -> list[int]:
    """Skip dead letters without their effect; what is owed behind them continues.

    :returns: the lanes that continue.
    :raises ReasonMissing: the reason is empty.
    """
    return _act("discard", selection, actor, reason)


class SubscriberInUse(ValueError):
    """This code has the subscriber: remove it from the code first."""


@transaction.atomic
def remove_subscriber(name: str, *, actor: str, reason: str) -> int:
    """Drop what is owed to a subscriber that this code no longer has.

    :returns: the number of conversations in which something was owed to it.
    :raises SubscriberInUse: this code has it.
    :raises ReasonMissing: the reason is empty.
    """
    if receiver_of(name) is not None:
        raise SubscriberInUse(f"this code has {name}: remove it from the code and deploy first")
    removed, _ = Lane.objects.filter(subscriber=name).delete()
    record_act(
        actor=actor,
        verb="remove subscriber",
        subject=name,
        reason=reason,
        details={"conversations": removed},
    )
    return removed


def _act(verb: str, selection: Selection, actor: str, reason: str) -> list[int]:
    if not reason.strip():
        raise ReasonMissing(f"{verb}: give a reason")
    # Listed once: a lane that stops again meanwhile is not redriven twice.
    named = list(selection.rows().values_list("pk", flat=True))
    return [
        lane.pk
        for start in range(0, len(named), BATCH)
        for lane in _act_on(verb, named[start : start + BATCH], actor, reason)
    ]


@transaction.atomic
def _act_on(verb: str, named: Collection[int], actor: str, reason: str) -> list[Lane]:
    """Act on those that are still dead letters once their lanes are locked."""
    rows = Lane.objects.filter(stopped=True, pk__in=named)
    # Nothing is published meanwhile, so a lane that owes nothing more can be deleted.
    conversations.lock(set(rows.values_list("correlation_id", flat=True)))
    lanes = list(rows.select_for_update().order_by("pk"))
    keys = [lane.pk for lane in lanes]
    with connection.cursor() as cursor:
        cursor.execute(_GO_ON.format(change=_CHANGES[verb]), [keys])
        if verb == "discard":
            lane_of = {each.name: each.lane for each in known()}
            cursor.execute(_END, [keys, list(lane_of), list(lane_of.values())])
    for lane in lanes:
        record_act(
            actor=actor,
            verb=verb,
            subject=f"{lane.message_type} to {lane.subscriber}",
            reason=reason,
            correlation_id=lane.correlation_id,
            details={
                "subscriber": lane.subscriber,
                "sequence": lane.next,
                "attempts": lane.attempts,
                "error": lane.error,
            },
        )
    transaction.on_commit(partial(bell.ring, {lane.subscriber for lane in lanes}))
    return lanes
