"""A turn: one transaction in which deliveries are applied and settled, and what follows is written.

The effect, the ``done`` of the deliveries and the messages that they bring forth commit together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from outbox import claims, conversations, tracing
from outbox.claims import Owed
from outbox.envelope import Envelope
from outbox.following import FollowUp
from outbox.publishing import collecting, write
from outbox.registry import Subscriber, Unfinished

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed delivery, decoded; ``result`` is what a call outside gave."""

    owed: Owed
    envelope: Envelope[Any]
    result: Any = None


@transaction.atomic
def take_turn(subscriber: Subscriber, items: Sequence[Item], *, follow_up: bool) -> set[str]:
    """Apply claimed deliveries in one transaction.

    :param follow_up: go on with what they publish, as far as that stays inside the database.
    :returns: the subscribers that are owed something by this.
    :raises ClaimLost: somebody else has claimed one of them; nothing is committed.
    """
    keys = {item.envelope.conversation for item in items}
    length = conversations.lock(keys) if subscriber.publishes else {}
    handled: set[tuple[UUID, str]] = set()
    with collecting() as outgoing:
        again = {each.envelope.id: each for each in _apply(subscriber, items)}
        if follow_up:
            waiting = conversations.waiting(keys, beside=[item.owed.delivery for item in items])
            handled = FollowUp(length, waiting).run(outgoing)
    owed_to = write(outgoing, handled)
    claims.settle([item.owed for item in items if item.envelope.id not in again])
    untried = {}
    for item in items:
        unfinished = again.get(item.envelope.id)
        if unfinished and unfinished.tried:
            claims.fail(item.owed, subscriber, unfinished.failure())
        elif unfinished:
            untried[item.owed] = unfinished.after
    claims.give_back(untried)
    return owed_to


def _apply(subscriber: Subscriber, items: Sequence[Item]) -> Sequence[Unfinished]:
    handed_on = [item.envelope for item in items]
    with tracing.delivering(subscriber.name, handed_on) as envelopes:
        if subscriber.receive is not None:
            subscriber.receive(envelopes)
            return []
        assert subscriber.conclude is not None  # noqa: S101 - Subscriber checks it
        return subscriber.conclude(envelopes, [item.result for item in items])
