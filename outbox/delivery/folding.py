"""Let a group handle what settles a conversation, in the transaction that publishes it.

A reader of the read model then waits for no second hop. What goes wrong there is no concern of
the turn: it goes on, and the group is owed its messages as ever.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

import structlog
from django.db import transaction

from outbox.delivery import claims
from outbox.delivery.follow_up import Published
from outbox.delivery.groups import hand_out_together
from outbox.delivery.lanes import Settled
from outbox.delivery.work import readable
from outbox.registry import SubscriberGroup, leading

log = structlog.get_logger()


def fold(
    group: SubscriberGroup,
    settled: Collection[UUID],
    waiting: Collection[tuple[str, UUID]],
    published: Sequence[Published],
) -> list[Settled]:
    """Hand a group what is published to conversations that settle, and what it is owed before that.

    :param settled: the locked conversations in which no other subscriber is about to publish.
    :param waiting: the lanes that exist, by name and conversation.
    :returns: the lanes that owe nothing more by it.
    """
    if not group.follows:
        return []
    owed = [key for key in settled if (group.name, key) in waiting]
    works = readable(group, claims.take_over(group, owed)) if owed else []
    taken = {work.lane.conversation for work in works if not work.more}
    free = {key for key in settled if key in taken or (group.name, key) not in waiting}
    new = [(item, envelope) for item, envelope in published if item.conversation in free]
    before = [each for work in works if work.lane.conversation in free for each in work.envelopes]
    if not new and not before:
        return []
    try:
        with transaction.atomic():
            hand_out_together(group, [*before, *(envelope for _, envelope in new)])
    except Exception:
        log.warning("folding_failed", group=group.name, exc_info=True)
        return []
    for item, _ in new:
        item.handled.update(group.members)
    return [
        Settled(work.lane, work.last, more=False)
        for work in works
        if work.lane.conversation in free
    ]


def going_on(waiting: Collection[tuple[str, UUID]], published: Sequence[Published]) -> set[UUID]:
    """Return the conversations in which a subscriber that publishes is owed something."""
    names = set(leading())
    return {key for name, key in waiting if name in names} | {
        item.conversation
        for item, _ in published
        if names.intersection(item.subscribers) - item.handled
    }
