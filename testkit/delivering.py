"""Deliver messages in the test's own process, until nothing is owed."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from outbox.delivery.batch import deliver_batch, deliver_suspect
from outbox.delivery.relay import Owed, drain, owed_names, owed_receivers
from outbox.log.scheduled import publish_due
from outbox.models import Lane
from outbox.registry import groups


def settle() -> None:
    """Deliver until nothing more can be delivered; nothing waits for its next try.

    What is scheduled waits for its time.

    :raises AssertionError: it does not come to an end.
    """
    for _ in _bounded():
        publish_due()
        drain(owed_names(), seconds=20)
        if not movable():
            return
        hurry()


def settle_all_but(*silent: str) -> None:
    """Deliver to everyone else, while these subscribers, and groups of them, are handed nothing."""
    with pytest.MonkeyPatch.context() as patch:
        for group in groups.values():
            if set(silent) & {group.name, *group.names}:
                patch.setattr(group, "follows", False)
        for _ in _bounded():
            owed = [each for each in owed_receivers() if not set(silent) & _names(each)]
            if not owed:
                return
            for each in owed:
                deliver(each)


def _names(owed: Owed) -> set[str]:
    return {owed.receiver.name, *owed.receiver.names}


def deliver(owed: Owed) -> None:
    """Hand a subscriber what it is owed; what a worker has vanished over goes first, alone."""
    if not (owed.suspects and deliver_suspect(owed.receiver)):
        deliver_batch(owed.receiver)


def movable() -> list[int]:
    """Return the lanes in which something is owed, and that no dead letter has stopped."""
    return list(Lane.objects.filter(stopped=False).values_list("pk", flat=True))


def hurry() -> None:
    """Let no lane wait for its next try."""
    Lane.objects.filter(stopped=False, due_at__gt=timezone.now()).update(due_at=timezone.now())


def _bounded() -> Iterator[int]:
    yield from range(60)
    raise AssertionError("deliveries do not come to an end")
