"""Let a group take in what a turn publishes, in the same transaction, where nothing piles up.

Whoever waits for a read model then waits for no second hop. What goes wrong there is no concern of
the turn: it goes on, and the group is owed its messages as ever.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from outbox.delivery import claims
from outbox.delivery.groups import hand_out_together
from outbox.delivery.lanes import Settled
from outbox.delivery.work import Work, readable
from outbox.envelope import Envelope
from outbox.registry import Group

log = structlog.get_logger()

Handled = set[tuple[UUID, str]]


def fold(
    group: Group,
    length: Mapping[UUID, int],
    waiting: Collection[tuple[str, UUID]],
    published: Sequence[Envelope[Any]],
) -> tuple[Handled, list[Settled]]:
    """Hand a group what is published to locked conversations, and what it is owed before that.

    :param length: the conversations that are locked, and how many messages they had.
    :param waiting: the lanes that exist, by name and conversation.
    :returns: message and member of what was handled, and the lanes that owe nothing more.
    """
    if not group.follows:
        return set(), []
    owed = [key for key in length if (group.name, key) in waiting]
    works = readable(group, claims.take_over(group, owed)) if owed else []
    taken = {work.lane.conversation for work in works if not work.more}
    free = {key for key in length if key in taken or (group.name, key) not in waiting}
    new = [each for each in published if each.conversation in free]
    before = [each for work in works if work.lane.conversation in free for each in work.envelopes]
    if not new and not before:
        return set(), []
    try:
        with transaction.atomic():
            hand_out_together(group, [*before, *new])
    except Exception:
        log.warning("folding_failed", group=group.name, exc_info=True)
        return set(), []
    handled = {
        (each.id, name) for each in new for name in each.subscribers if name in group.members
    }
    return handled, [_ended(work) for work in works if work.lane.conversation in free]


def _ended(work: Work) -> Settled:
    return Settled(work.lane, work.last, more=False)
