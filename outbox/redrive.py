"""What an operator can do with dead letters: make them owed again, or discard them.

Both are acts, done in transactions of ``BATCH`` dead letters, each of which leaves a row that says
who did it and why. A dead letter keeps its place in its conversation, so that what waits behind it
follows in order.
"""

from functools import partial

from django.db import connection, transaction

from outbox import bell, conversations
from outbox.acts import ReasonMissing, record_act
from outbox.dead_letters import Selection
from outbox.models import DEAD_LETTER, Delivery
from outbox.parking import let_go

BATCH = 200
"""Dead letters per transaction; their conversations are locked meanwhile."""

_CHANGES = {
    "redrive": "status = 'owed', attempts = 0, refusals = 0, due_at = clock_timestamp()",
    "discard": "settled_at = clock_timestamp()",
}


def redrive(selection: Selection, *, actor: str, reason: str) -> list[int]:
    """Make dead letters owed again, with all their attempts before them.

    :returns: the deliveries that are owed by it.
    :raises ReasonMissing: the reason is empty.
    """
    return _act("redrive", selection, actor, reason)


def discard(selection: Selection, *, actor: str, reason: str) -> list[int]:
    """Settle dead letters without their effect; what waits behind them goes on.

    Their status stays dead: nothing was done.

    :returns: the deliveries that were discarded.
    :raises ReasonMissing: the reason is empty.
    """
    return _act("discard", selection, actor, reason)


def _act(verb: str, selection: Selection, actor: str, reason: str) -> list[int]:
    if not reason.strip():
        raise ReasonMissing(f"{verb}: give a reason")
    # Named once: a dead letter that dies again while this runs is not taken twice.
    named = list(selection.rows().values_list("pk", flat=True))
    return [
        delivery.pk
        for start in range(0, len(named), BATCH)
        for delivery in _act_on(verb, named[start : start + BATCH], actor, reason)
    ]


@transaction.atomic
def _act_on(verb: str, named: list[int], actor: str, reason: str) -> list[Delivery]:
    """Act on those that are dead letters still when their conversations are locked."""
    rows = Delivery.objects.filter(DEAD_LETTER, pk__in=named)
    conversations.lock(set(rows.values_list("correlation_id", flat=True)))
    deliveries = list(rows.select_for_update(of=("self",)).select_related("message").order_by("pk"))
    with connection.cursor() as cursor:
        change = f"UPDATE outbox_delivery SET {_CHANGES[verb]} WHERE id = ANY(%s)"  # noqa: S608 - our own text
        cursor.execute(change, [[delivery.pk for delivery in deliveries]])
    let_go([(delivery.subscriber, delivery.correlation_id) for delivery in deliveries])
    for delivery in deliveries:
        record_act(
            actor=actor,
            verb=verb,
            subject=f"{delivery.message.type} to {delivery.subscriber}",
            reason=reason,
            correlation_id=delivery.correlation_id,
            details={
                "delivery": delivery.pk,
                "attempts": delivery.attempts,
                "error": delivery.error,
            },
        )
    transaction.on_commit(partial(bell.ring, {delivery.subscriber for delivery in deliveries}))
    return deliveries
