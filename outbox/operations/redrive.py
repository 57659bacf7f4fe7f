"""What an operator can do with what is owed: redrive or discard dead letters, remove a subscriber.

Dead letters are acted on in transactions of ``BATCH``; each leaves a row that says who did it and
why. A dead letter is the first message of its lane, so that what is owed behind it
follows in order.
"""

from collections.abc import Collection
from functools import partial

from django.db import connection, transaction

from outbox import conversations
from outbox.acts import ReasonMissing, record_act
from outbox.doorbell import bell
from outbox.models import Lane
from outbox.operations.dead_letters import Selection
from outbox.registry import receiver_of, subscribers

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
    """Make dead letters owed again, with all their attempts before them.

    :returns: the lanes that go on by it.
    :raises ReasonMissing: the reason is empty.
    """
    return _act("redrive", selection, actor, reason)


def discard(selection: Selection, *, actor: str, reason: str) -> list[int]:
    """Pass dead letters over without their effect; what is owed behind them goes on.

    :returns: the lanes that go on by it.
    :raises ReasonMissing: the reason is empty.
    """
    return _act("discard", selection, actor, reason)


class StillThere(ValueError):
    """A subscriber of this code cannot be removed: take it out of the code first."""


@transaction.atomic
def remove_subscriber(name: str, *, actor: str, reason: str) -> int:
    """Give up whatever is owed to a subscriber that this code no longer has.

    :returns: in how many conversations something was owed to it.
    :raises StillThere: this code has it.
    :raises ReasonMissing: the reason is empty.
    """
    if receiver_of(name) is not None:
        raise StillThere(f"{name} is in this code: take it out, deploy, and remove it then")
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
    # Named once: a dead letter that stops its lane again while this runs is not taken twice.
    named = list(selection.rows().values_list("pk", flat=True))
    return [
        lane.pk
        for start in range(0, len(named), BATCH)
        for lane in _act_on(verb, named[start : start + BATCH], actor, reason)
    ]


@transaction.atomic
def _act_on(verb: str, named: Collection[int], actor: str, reason: str) -> list[Lane]:
    """Act on those that are dead letters still when their lanes are locked."""
    rows = Lane.objects.filter(stopped=True, pk__in=named)
    # Nothing is published meanwhile, so that a lane which owes nothing more can go.
    conversations.lock(set(rows.values_list("correlation_id", flat=True)))
    lanes = list(rows.select_for_update().order_by("pk"))
    keys = [lane.pk for lane in lanes]
    with connection.cursor() as cursor:
        cursor.execute(_GO_ON.format(change=_CHANGES[verb]), [keys])
        if verb == "discard":
            lane_of = {each.name: each.lane for each in subscribers.values()}
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
