"""What may happen to messages on their way: any order, twice, late, in vain, over dying workers."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db.models import Q
from django.utils import timezone

from outbox.delivery.relay import Owed, owed_receivers
from outbox.messages import Envelope
from outbox.models import Lane, Message
from outbox.operations.receipts import Receipt, receipts
from outbox.registry import Receiver, Subscriber, subscribers
from testkit.clock import let_claims_end
from testkit.delivering import deliver, hurry, movable, settle, settle_all_but
from testkit.emptying import empty_tables
from testkit.invariants import assert_audited
from testkit.lives import SIDES, Boundary, Killed, Life
from testkit.shop import Shop, open_shop

Play = Callable[[Shop, random.Random], None]
"""Acts as clients do, and calls :func:`settle_in_disorder` with the same chance meanwhile."""

MOST_STEPS = 500

CLAIMED = Boundary(0, "after", "its claim")
"""Where a worker dies that holds something and has not begun with it."""


class InVain(Exception):
    """A handler fails at what it will bear the next time."""


def some(chance: random.Random) -> Owed | None:
    """Choose a subscriber that is owed something now."""
    owed = sorted(owed_receivers(), key=lambda each: each.receiver.name)
    return chance.choice(owed) if owed else None


def deliver_and_die(owed: Owed, death: Boundary) -> None:
    """Hand a receiver what it is owed by a worker that dies if it comes to its death."""
    with Life(death).lived(), suppress(Killed):
        deliver(owed)


def deliver_in_vain(chance: random.Random, owed: Owed) -> None:
    """Hand a receiver what it is owed while it fails at all that is of one conversation."""
    lanes = Lane.objects.filter(subscriber=owed.receiver.name, stopped=False).order_by("id")
    conversations = list(lanes.values_list("correlation_id", flat=True))
    if conversations:
        with failing(owed.receiver, chance.choice(conversations), chance):
            deliver(owed)


@contextmanager
def failing(receiver: Receiver, conversation: UUID, chance: random.Random) -> Iterator[None]:
    """Let a subscriber, or a member of a group, fail at whatever is of one conversation."""
    subscriber = subscribers[chance.choice(sorted(receiver.names))]
    with pytest.MonkeyPatch.context() as patch:
        if isinstance(subscriber, Subscriber):
            patch.setattr(subscriber, "receive", _but_of(conversation, subscriber.receive))
        else:
            patch.setattr(subscriber, "call", _but_of(conversation, subscriber.call))
        yield


def _but_of(conversation: UUID, handle: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def fail(handed: Envelope[Any] | Sequence[Envelope[Any]]) -> Any:
        envelopes = [handed] if isinstance(handed, Envelope) else handed
        if any(each.conversation == conversation for each in envelopes):
            raise InVain("the next time it will go well")
        return handle(handed)

    return fail


def vanish(
    chance: random.Random, owed: Owed, meanwhile: Callable[[Receiver], None] | None = None
) -> None:
    """Let a worker vanish over its claim, others publish, and what it held fail once."""
    deliver_and_die(owed, CLAIMED)
    (meanwhile or go_on_without)(owed.receiver)
    let_claims_end()
    deliver_in_vain(chance, Owed(owed.receiver, suspects=True))


def go_on_without(receiver: Receiver) -> None:
    """Deliver to everyone else."""
    settle_all_but(receiver.name)


def double(chance: random.Random) -> None:
    """Owe the latest message again that a subscriber has handled of a conversation."""
    latest = {
        (each.subscriber, each.message.correlation_id): each.message
        for each in receipts(list(Message.objects.order_by("sequence", "id")))
        if each.receipt is Receipt.HANDLED
    }
    if latest:
        name, conversation = chance.choice(sorted(latest))
        owe_again_from(name, conversation, latest[name, conversation].sequence)


def owe_again_from(name: str, conversation: UUID, sequence: int) -> None:
    """Set the lane back in which a subscriber is owed things, if need be a new one."""
    group = subscribers[name].lane
    lanes = Lane.objects.filter(correlation_id=conversation)
    if lane := lanes.filter(Q(subscriber=name) | Q(subscriber=group)).order_by("id").last():
        lanes.filter(pk=lane.pk).update(next=sequence, attempts=0)
    else:
        now = timezone.now()
        Lane.objects.create(
            subscriber=group, correlation_id=conversation, next=sequence, since=now, due_at=now
        )


def delay(chance: random.Random) -> None:
    """Let a conversation wait at a subscriber for as long as there is anything else to do."""
    lanes = Lane.objects.filter(stopped=False, claim=None).order_by("id").values_list("pk")
    if lanes:
        later = timezone.now() + timedelta(hours=1)
        Lane.objects.filter(pk=chance.choice(lanes)[0]).update(due_at=later)


def let_time_pass() -> None:
    """Bring the next tries, and the end of what dead workers have claimed."""
    hurry()
    let_claims_end()


WEIGHTS = {"deliver": 16, "die": 2, "fail": 1, "vanish": 1, "double": 2, "delay": 2, "time": 3}


def settle_in_disorder(chance: random.Random, *, at_most: int = MOST_STEPS) -> None:
    """Deliver as chance will have it until nothing is owed; no bell is ever heard.

    :raises AssertionError: it does not come to an end.
    """
    for _ in range(at_most):
        one = some(chance)
        if not one and not movable():
            return
        what = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if one is None or what == "time":
            let_time_pass()
            continue
        match what:
            case "deliver":
                deliver(one)
            case "die":
                deliver_and_die(one, Boundary(chance.randrange(3), chance.choice(SIDES)))
            case "fail":
                deliver_in_vain(chance, one)
            case "vanish":
                vanish(chance, one)
            case "double":
                double(chance)
            case "delay":
                delay(chance)
    assert at_most < MOST_STEPS, "deliveries do not come to an end"


class Disorder:
    """Plays in shops whose messages are handled in disorder, once for each seed."""

    def over(self, play: Play, *, seeds: Iterable[int]) -> None:
        """Open a new shop for each seed and play in it; then all settles, and the audit is clean.

        :raises AssertionError: the play or the audit finds something wrong; a note names the seed.
        """
        for seed in seeds:
            empty_tables()
            shop = open_shop()
            try:
                play(shop, random.Random(seed))
                settle()
                assert_audited()
            except Exception as error:
                error.add_note(f"seed {seed}")
                raise


@pytest.fixture
def disorder(
    transactional_db: None,  # noqa: ARG001 - the tables, with real commits
    handed_twice: None,  # noqa: ARG001 - which happens here on purpose
    decided_by_the_seed: None,  # noqa: ARG001 - so that a failure can be repeated
) -> Disorder:
    """Play with messages that are handled in any order, twice, late, and by workers that die."""
    return Disorder()
