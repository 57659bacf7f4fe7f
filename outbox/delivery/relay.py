"""The relay: find what is owed and deliver it. Any number of relays may run."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import connection

from outbox.delivery.batch import deliver_batch, deliver_suspect
from outbox.registry import OutsideSubscriber, Receiver, is_paused, receiver_of, receivers

_OWED = """
SELECT s.name, least(owed.since, vanished.since) AS since, vanished.since IS NOT NULL
FROM unnest(%s::text[]) WITH ORDINALITY AS s (name, place)
LEFT JOIN LATERAL (
    SELECT l.due_at AS since FROM outbox_lane l
    WHERE l.subscriber = s.name AND NOT l.stopped AND l.due_at <= now() AND l.claim IS NULL
      AND l.id <> ALL (ARRAY(
          SELECT unnest(c.lanes) FROM outbox_claim c WHERE c.subscriber = s.name))
    ORDER BY l.due_at LIMIT 1
) AS owed ON true
LEFT JOIN LATERAL (
    SELECT c.ends_at AS since FROM outbox_claim c
    WHERE c.subscriber = s.name AND c.ends_at < now()
    ORDER BY c.ends_at LIMIT 1
) AS vanished ON true
WHERE owed.since IS NOT NULL OR vanished.since IS NOT NULL
ORDER BY since, s.place
"""


@dataclass(frozen=True, slots=True)
class Owed:
    """A receiver that is owed something.

    :ivar suspects: whether a worker vanished over some of it.
    """

    receiver: Receiver
    suspects: bool


def owed_receivers(names: Iterable[str] | None = None) -> list[Owed]:
    """Return those of these receivers, or of all, that are owed something, longest wait first.

    Those that are paused are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OWED, [[each.name for each in _ready(names)]])
        found = cursor.fetchall()
    return [
        Owed(receiver, suspects)
        for name, _, suspects in found
        if (receiver := receiver_of(name)) is not None
    ]


def owed_names() -> list[str]:
    """Name all receivers that are owed something now, the longest wait first."""
    return [each.receiver.name for each in owed_receivers()]


def drain(
    names: Iterable[str], *, seconds: float, aside: Callable[[Owed], None] | None = None
) -> list[str]:
    """Deliver to these receivers, and to those they publish to, until nothing is owed.

    :param seconds: stop after this time, so that a worker can be shut down in between.
    :param aside: takes those that call outside, and returns at once; without it their calls are
        waited for.
    :returns: the receivers that may still be owed something.
    """
    until = time.monotonic() + seconds
    found = owed_receivers(names)
    for each in found:
        if aside and isinstance(each.receiver, OutsideSubscriber):
            continue
        while each.suspects and time.monotonic() < until and deliver_suspect(each.receiver):
            pass
    return _drain(found, until, aside)


def deliver_to(
    names: Iterable[str], *, seconds: float, aside: Callable[[Owed], None] | None = None
) -> list[str]:
    """Do the same for receivers that were just published to: whether they are owed is not asked."""
    until = time.monotonic() + seconds
    return _drain([Owed(each, suspects=False) for each in _ready(names)], until, aside)


def _ready(names: Iterable[str] | None) -> list[Receiver]:
    return [each for each in receivers(names) if not is_paused(each)]


def _drain(found: Iterable[Owed], until: float, aside: Callable[[Owed], None] | None) -> list[str]:
    ready: list[Receiver] = []
    stay: set[str] = set()
    for each in found:
        if aside and isinstance(each.receiver, OutsideSubscriber):
            aside(each)
        else:
            ready.append(each.receiver)
    ready.sort(key=_urgency)
    while ready and time.monotonic() < until:
        receiver = ready.pop(0)
        taken = deliver_batch(receiver)
        if taken.stay:
            stay.add(receiver.name)
        for other in _ready(taken.owed_to):
            if aside and isinstance(other, OutsideSubscriber):
                aside(Owed(other, suspects=False))
            elif other not in ready:
                ready.append(other)
        if receiver.name not in taken.owed_to:
            ready.sort(key=_urgency)
    return [each.name for each in ready] + sorted(stay)


def _urgency(receiver: Receiver) -> tuple[bool, bool]:
    """Put receivers that publish first, since others wait for them, and those that share rows last.

    No receiver overtakes one with a full batch: there is a backlog, and read models would wait for
    all of it.
    """
    return not receiver.publishes, receiver.shares_rows
