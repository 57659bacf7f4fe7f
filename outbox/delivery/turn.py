"""A turn: one transaction in which messages take effect, their lanes end, and more is published."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from outbox import conversations
from outbox.delivery import failing, lanes
from outbox.delivery.folding import fold, going_on
from outbox.delivery.follow_up import FollowUp
from outbox.delivery.groups import hand_out, hand_out_together
from outbox.delivery.lanes import Settled
from outbox.delivery.work import Work
from outbox.handling import turn
from outbox.kit.clock import standing_at
from outbox.publishing import Outgoing, collecting, publishing_nothing, write
from outbox.registry import AnySubscriber, Receiver, Subscriber, SubscriberGroup, Unfinished, groups
from outbox.tracing import tracer


@dataclass(slots=True)
class TurnResult:
    """The result of a turn.

    :ivar owed_to: names of the lanes in which it left something owed.
    :ivar stay: whether a lane stays for a message that is not visible yet.
    :ivar lost: lanes that another worker had taken over.
    """

    owed_to: set[str] = field(default_factory=set)
    stay: bool = False
    lost: int = 0

    def add(self, other: "TurnResult") -> None:
        """Add the result of another turn."""
        self.owed_to |= other.owed_to
        self.stay |= other.stay
        self.lost += other.lost


def take_turn(
    receiver: Receiver,
    works: Sequence[Work],
    *,
    follow_up: bool = False,
    without: Collection[str] | None = None,
    tokens: Collection[UUID] = (),
) -> TurnResult:
    """Apply claimed lanes in one transaction.

    :param follow_up: go on with what they publish, as far as that stays inside the database; an
        error does not say then whose it is.
    :param without: the members of a group that get lanes of their own for this; the others write
        one by one then, so that one that fails is known.
    :param tokens: claims that end with this turn.
    """
    with transaction.atomic():
        locked = lanes.hold(receiver, [each.lane for each in works], {each.token for each in works})
        held = [each for each in works if each.lane.id in locked.length]
        taken = TurnResult(lost=len(works) - len(held))
        with standing_at(locked.now):
            if isinstance(receiver, SubscriberGroup):
                _take_in(receiver, held, without)
                taken.stay = bool(lanes.end_unlocked([_settled(each) for each in held], tokens))
            elif receiver.publishes:
                taken.owed_to = _take_publishing(
                    receiver, held, locked.length, follow_up=follow_up, tokens=tokens
                )
            else:
                with publishing_nothing(receiver.name):
                    again = _apply(receiver, held)
                settled = [_settled(each) for each in held if each.lane.id not in again]
                _try_again(receiver, held, again)
                taken.stay = bool(lanes.end_unlocked(settled, tokens))
    return taken


def _take_in(group: SubscriberGroup, held: Sequence[Work], without: Collection[str] | None) -> None:
    envelopes = [envelope for work in held for envelope in work.envelopes]
    with tracer.delivering(group.name, envelopes) as traced:
        if without is None:
            hand_out_together(group, traced)
        else:
            hand_out(group, traced, without=without)


def _take_publishing(
    subscriber: AnySubscriber,
    held: Sequence[Work],
    length: dict[int, int],
    *,
    follow_up: bool,
    tokens: Collection[UUID],
) -> set[str]:
    """Apply lanes whose conversations are locked, so that no other transaction publishes to them.

    :returns: the lanes in which something is owed by it.
    """
    later = [each for each in held if length[each.lane.id] > each.lane.length]
    beyond = lanes.owed_beyond(subscriber, [_settled(each) for each in later])
    folded: Sequence[Settled] = ()
    left: set[str] = set()
    with collecting() as outgoing, turn() as kept:
        again = _apply(subscriber, held)
        if follow_up:
            behind = {
                (subscriber.name, each.lane.conversation)
                for each in held
                if each.more or each.lane.id in beyond
            }
            folded, left = _follow_up(held, length, outgoing, behind)
        _try_again(subscriber, held, again)
        kept.save()
        owed_to = write(outgoing)
        to_itself = {
            each.conversation
            for each in outgoing
            if subscriber.name in each.subscribers and subscriber.name not in each.handled
        }
        settled = [
            _settled(each, more=each.lane.id in beyond or each.lane.conversation in to_itself)
            for each in held
            if each.lane.id not in again
        ]
        lanes.end_locked([*settled, *folded], tokens)
    return owed_to | left | {subscriber.name for each in settled if each.more}


def _follow_up(
    held: Sequence[Work],
    length: dict[int, int],
    outgoing: list[Outgoing],
    behind: set[tuple[str, UUID]],
) -> tuple[list[Settled], set[str]]:
    """Hand on what was published, to groups too where conversations settle.

    :returns: the lanes of groups that owe nothing more by that, and the groups that are owed
        something still in a conversation that has settled.
    """
    length_of = {each.lane.conversation: length[each.lane.id] for each in held}
    waiting = conversations.waiting(length_of, beside=[each.lane.id for each in held]) | behind
    follow_up = FollowUp(length_of, waiting)
    follow_up.run(outgoing)
    settled = length_of.keys() - going_on(waiting, follow_up.published)
    folded = [
        ended
        for group in groups.values()
        for ended in fold(group, settled, waiting, follow_up.published)
    ]
    left = settled - {each.lane.conversation for each in folded}
    return folded, {name for name, key in waiting if name in groups and key in left}


def _apply(subscriber: AnySubscriber, held: Sequence[Work]) -> dict[int, Unfinished]:
    """Hand messages on; return the lanes whose message has to be tried again, and why."""
    held = [work for work in held if work.envelopes]
    envelopes = [envelope for work in held for envelope in work.envelopes]
    if not envelopes:
        return {}
    with tracer.delivering(subscriber.name, envelopes) as traced:
        if isinstance(subscriber, Subscriber):
            subscriber.receive(traced)
            return {}
        unfinished = subscriber.conclude(traced, [work.result for work in held])
    lane_of = {work.envelopes[0].id: work.lane.id for work in held}
    return {lane_of[each.envelope.id]: each for each in unfinished}


def _try_again(
    subscriber: AnySubscriber, held: Sequence[Work], again: dict[int, Unfinished]
) -> None:
    """Record failures; what was not tried is given back."""
    untried: list[tuple[Work, float]] = []
    for work in held:
        unfinished = again.get(work.lane.id)
        if unfinished and unfinished.tried:
            envelope = work.envelopes[0]
            failing.fail(
                subscriber,
                work.lane,
                work.token,
                unfinished.failure(),
                sequence=envelope.sequence,
                message_type=type(envelope.message).__name__,
            )
        elif unfinished:
            untried.append((work, unfinished.after))
    failing.free_untried(
        [work.lane for work, _ in untried],
        [work.token for work, _ in untried],
        [after for _, after in untried],
    )


def _settled(work: Work, *, more: bool = False) -> Settled:
    return Settled(work.lane, work.last, work.more or more)
