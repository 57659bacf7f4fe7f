"""The relay: finds what is owed and keeps workers at it. Any number of relays may run."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import connection

from outbox.delivery import deliver_batch, deliver_suspect
from outbox.registry import Subscriber, subscribers

_OWED = """
SELECT s.name, least(owed.since, vanished.since) AS since, vanished.since IS NOT NULL
FROM unnest(%s::text[]) WITH ORDINALITY AS s (name, place)
LEFT JOIN LATERAL (
    SELECT d.due_at AS since FROM outbox_delivery d
    WHERE d.subscriber = s.name AND d.status = 'owed' AND d.due_at <= now() AND d.claim IS NULL
    ORDER BY d.due_at LIMIT 1
) AS owed ON true
LEFT JOIN LATERAL (
    SELECT l.ends_at AS since FROM outbox_lease l
    WHERE l.subscriber = s.name AND l.ends_at < now() AND EXISTS (
        SELECT FROM outbox_delivery d WHERE d.id = ANY(l.deliveries) AND d.claim = l.claim)
    ORDER BY l.ends_at LIMIT 1
) AS vanished ON true
WHERE owed.since IS NOT NULL OR vanished.since IS NOT NULL
ORDER BY since, s.place
"""


@dataclass(frozen=True, slots=True)
class Owing:
    """A subscriber that is owed something.

    :ivar suspects: whether a worker vanished over some of it.
    """

    subscriber: Subscriber
    suspects: bool


def owing(names: Iterable[str]) -> list[Owing]:
    """Return those of these subscribers that are owed something now, the longest wait first."""
    with connection.cursor() as cursor:
        cursor.execute(_OWED, [[each.name for each in _registered(names)]])
        return [Owing(subscribers[name], suspects) for name, _, suspects in cursor.fetchall()]


def owed_subscribers() -> list[str]:
    """Name all subscribers that are owed something now, the longest wait first."""
    return [each.subscriber.name for each in owing(subscribers)]


def drain(
    names: Iterable[str], *, seconds: float, aside: Callable[[Owing], None] | None = None
) -> list[str]:
    """Deliver to these subscribers, and to those they publish to, until nothing is owed.

    :param seconds: stop after this time, so that a worker can be shut down in between.
    :param aside: takes those that call outside, and returns at once; without it their calls are
        waited for.
    :returns: the subscribers that may still be owed something.
    """
    until = time.monotonic() + seconds
    ready: list[Subscriber] = []
    for found in owing(names):
        if aside and found.subscriber.call:
            aside(found)
            continue
        ready.append(found.subscriber)
        while found.suspects and time.monotonic() < until and deliver_suspect(found.subscriber):
            continue
    ready.sort(key=_urgency)
    while ready and time.monotonic() < until:
        subscriber = ready.pop(0)
        owed_to = deliver_batch(subscriber)
        for each in _registered(owed_to):
            if aside and each.call:
                aside(Owing(each, suspects=False))
            elif each not in ready:
                ready.append(each)
        if subscriber.name not in owed_to:
            ready.sort(key=_urgency)
    return [each.name for each in ready]


def _registered(names: Iterable[str]) -> list[Subscriber]:
    """Return subscribers in the order in which they were registered; unknown ones are left out."""
    wanted = set(names)
    return [each for name, each in subscribers.items() if name in wanted]


def _urgency(subscriber: Subscriber) -> tuple[bool, bool]:
    """Put first whoever publishes, since others wait for that; last, whose rows are shared.

    Behind a full batch nobody jumps the queue: there is a backlog, and read models would wait for
    all of it.
    """
    return not subscriber.publishes, subscriber.shares_rows
