"""The relay: finds what is owed and keeps workers at it. Any number of relays may run."""

import time
from collections import deque
from collections.abc import Iterable

from django.db import connection

from outbox.delivery import deliver_batch, deliver_suspect
from outbox.registry import subscribers

_OWED = """
SELECT name FROM unnest(%s::text[]) AS s (name)
CROSS JOIN LATERAL (
    SELECT d.due_at FROM outbox_delivery d
    WHERE d.subscriber = s.name AND d.status = 'owed' AND d.due_at <= now()
      AND (d.claim IS NULL OR d.claimed_until < clock_timestamp())
    ORDER BY d.due_at LIMIT 1
) AS oldest
ORDER BY oldest.due_at
"""


def owed_subscribers(among: Iterable[str] | None = None) -> list[str]:
    """Name the subscribers that are owed something now, the one that waits longest first.

    :param among: look at these only; at all when ``None``.
    """
    names = subscribers.keys() if among is None else subscribers.keys() & set(among)
    with connection.cursor() as cursor:
        cursor.execute(_OWED, [sorted(names)])
        return [name for (name,) in cursor.fetchall()]


def drain(names: Iterable[str], *, seconds: float) -> list[str]:
    """Deliver to these subscribers, and to those they publish to, until nothing is owed.

    :param seconds: stop after this time, so that a worker can be shut down in between.
    :returns: the subscribers that may still be owed something.
    """
    ready = deque(owed_subscribers(names))
    until = time.monotonic() + seconds
    for name in ready:
        while time.monotonic() < until and deliver_suspect(subscribers[name]):
            continue
    while ready and time.monotonic() < until:
        name = ready.popleft()
        published_to = deliver_batch(subscribers[name])
        if published_to is not None:
            ready.extend(each for each in [*sorted(published_to), name] if each not in ready)
    return list(ready)
