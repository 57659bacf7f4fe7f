"""Calls outside: many at once, no transaction open, and concluded as they end.

A batch that waited for its slowest call would leave its other threads idle, and none would call
while the answers are committed. So the calls are a window that rolls on: what has ended is
concluded together, and something else is claimed in its place.
"""

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace

from django.conf import settings
from django.db import connections

from outbox import claims, tracing
from outbox.applying import apply, warn_of_lost
from outbox.decoding import decoded
from outbox.registry import Subscriber
from outbox.turn import Item

CALLING_SHARE = 0.2
"""The share of a claim's lease in which calls are begun; the rest is for them to end."""

GATHERING = 0.02
"""Seconds in which calls that end after the first one are concluded together with it."""


class Calls:
    """What one thread has claimed of a subscriber's calls and not concluded yet."""

    def __init__(self, subscriber: Subscriber) -> None:
        assert subscriber.call is not None  # noqa: S101 - others have nothing to call
        self.subscriber = subscriber
        self.call = subscriber.call
        self.most = subscriber.calls_at_once
        self.pool = ThreadPoolExecutor(subscriber.calls_at_once, f"outbox-{subscriber.name}")
        self.under_way: dict[Future[Item | None], Item] = {}
        self.given_up = False

    def claim(self) -> None:
        """Claim what there is room for, and have it called."""
        if (room := self.most - len(self.under_way)) > 0:
            self.begin(decoded(self.subscriber, claims.claim(self.subscriber, room)))

    def begin(self, items: Sequence[Item]) -> None:
        """Have what was just claimed called, as threads get free."""
        until = time.monotonic() + CALLING_SHARE * settings.OUTBOX_LEASE_SECONDS
        for item in items:
            self.under_way[self.pool.submit(self._attempt, item, until)] = item

    def conclude(self) -> set[str]:
        """Wait for calls to end, and commit what came of them.

        What the time of its claim did not allow for is given back; what somebody else has claimed
        meanwhile is left to them.

        :returns: the subscribers that are owed something by this.
        """
        wait(self.under_way, return_when=FIRST_COMPLETED)
        ended, waiting = wait(self.under_way, timeout=GATHERING)
        self._adapt(sum(not each.running() for each in waiting))
        pairs = [(self.under_way.pop(each), each.result()) for each in ended]
        held = claims.still_held([item.owed for item, _ in pairs])
        if lost := [item for item, _ in pairs if item.owed.delivery not in held]:
            warn_of_lost(self.subscriber, lost)
        kept = [(item, result) for item, result in pairs if item.owed.delivery in held]
        owed_to = apply(self.subscriber, [result for _, result in kept if result])
        if untried := {item.owed: 0.0 for item, result in kept if result is None}:
            claims.give_back(untried)
            owed_to.add(self.subscriber.name)
        return owed_to

    def conclude_all(self) -> set[str]:
        """Bring all that is under way to its end, and claim nothing more."""
        owed_to: set[str] = set()
        while self.under_way:
            owed_to |= self.conclude()
        return owed_to

    def give_up(self) -> None:
        """Begin no more calls; those under way may end."""
        self.given_up = True

    def _attempt(self, item: Item, until: float) -> Item | None:
        """Make one call; an exception takes the place of its result."""
        if self.given_up or time.monotonic() > until:
            return None
        try:
            with tracing.calling(self.subscriber.name, item.envelope):
                return replace(item, result=self.call(item.envelope))
        except Exception as error:  # noqa: BLE001 - conclude() decides what an error means
            return replace(item, result=error)
        finally:
            connections.close_all()  # those that the call has opened in its thread

    def _adapt(self, waiting: int) -> None:
        """Claim more at once while calls end faster than they are claimed, and less when not.

        What waits for a thread here is kept from other processes.
        """
        fewest = self.subscriber.calls_at_once
        if waiting > fewest:
            self.most = max(self.most // 2, fewest)
        elif not waiting and len(self.under_way) >= self.most:
            self.most = min(2 * self.most, max(settings.OUTBOX_BATCH, fewest))
