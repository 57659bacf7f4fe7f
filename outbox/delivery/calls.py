"""Make calls outside in parallel, with no transaction open, and conclude them as they end.

A batch that waited for its slowest call would leave its other threads idle, and none would call
while the answers are committed. So the calls are a window that rolls on: what has ended is
concluded together, and something else is claimed in its place.
"""

import time
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.db import connections

from outbox.delivery import claims, failing
from outbox.delivery.applying import apply
from outbox.delivery.turn import TurnResult
from outbox.delivery.work import Work, readable
from outbox.registry import OutsideSubscriber, groups
from outbox.tracing import tracer

GATHERING = 0.02
"""Seconds in which calls that end after the first one are concluded together with it."""

RENEWED = 1 / 3
"""The share of a lease after which a claim is renewed while its calls are under way."""

LONGEST_CALL = 600.0
"""Seconds after which a claim is renewed no more: another worker then repeats a call that hangs."""


class Calls:
    """What one thread has claimed of a subscriber's calls and not concluded yet."""

    def __init__(self, subscriber: OutsideSubscriber) -> None:
        self.subscriber = subscriber
        self.most = subscriber.calls_at_once
        self.pool = ThreadPoolExecutor(subscriber.calls_at_once, f"outbox-{subscriber.name}")
        self.under_way: dict[Future[Work | None], Work] = {}
        self.claimed_at: dict[UUID, float] = {}
        self.renewed_at = time.monotonic()
        self.is_shown = True
        self.given_up = False

    def claim(self) -> None:
        """Claim what there is room for, and have it called."""
        if (room := self.most - len(self.under_way)) > 0:
            claimed = claims.claim(self.subscriber, room)
            if claimed.lanes:
                self.begin(readable(self.subscriber, claimed), claimed.token)

    def begin(self, works: Sequence[Work], token: UUID) -> None:
        """Have what was just claimed called, as threads get free."""
        if not works:
            claims.release([token])
            return
        self.claimed_at[token] = time.monotonic()
        self.is_shown = False
        for work in works:
            self.under_way[self.pool.submit(self._attempt, work)] = work

    def conclude(self) -> TurnResult:
        """Wait for calls to end, and commit what came of them.

        What was not begun is given back; what another worker has claimed meanwhile is left to it.
        If no call ends for a moment, groups are owed what led to the calls: they wait no longer.

        :raises Exception: nothing can be committed now; the next call tries the same again.
        """
        while not wait(self.under_way, self._until_next(), FIRST_COMPLETED).done:
            if not self._until_renewal():
                self._renew()
            if not self.is_shown:
                self.is_shown = True
                return TurnResult(owed_to=set(groups))
        ended, waiting = wait(self.under_way, timeout=GATHERING)
        self._adapt(sum(not each.running() for each in waiting))
        taken = self._commit(ended)
        for each in ended:
            del self.under_way[each]
        return taken

    def _commit(self, ended: Collection[Future[Work | None]]) -> TurnResult:
        """End the claims of which nothing else is under way, with the last of their lanes.

        What cannot be committed now is still under way: a claim that ended without its lane would
        leave that without an owner.
        """
        left = Counter(work.token for call, work in self.under_way.items() if call not in ended)
        over = [token for token in self.claimed_at if not left[token]]
        called = [result for each in ended if (result := each.result())]
        untried = [self.under_way[each] for each in ended if not each.result()]
        failing.free_untried(
            [work.lane for work in untried], [work.token for work in untried], [0.0] * len(untried)
        )
        if called:
            taken = apply(self.subscriber, called, over)
        else:
            taken = TurnResult()
            claims.release(over)
        for token in over:
            del self.claimed_at[token]
        return taken

    def conclude_all(self) -> TurnResult:
        """Bring all that is under way to its end, and claim nothing more."""
        taken = TurnResult()
        while self.under_way:
            taken.add(self.conclude())
        return taken

    def give_up(self) -> None:
        """Begin no more calls; those under way may end."""
        self.given_up = True

    def _attempt(self, work: Work) -> Work | None:
        """Make one call; an exception takes the place of its result."""
        if self.given_up:
            return None
        if not work.envelopes:
            return work
        envelope = work.envelopes[0]
        try:
            with tracer.calling(self.subscriber.name, envelope):
                return replace(work, result=self.subscriber.call(envelope))
        except Exception as error:  # noqa: BLE001 - conclude() decides what an error means
            return replace(work, result=error)
        finally:
            connections.close_all()  # those that the call has opened in its thread

    def _until_next(self) -> float:
        until = self._until_renewal()
        return until if self.is_shown else min(until, claims.UNTIL_SETTLED)

    def _until_renewal(self) -> float:
        every = RENEWED * settings.OUTBOX_LEASE_SECONDS
        return max(self.renewed_at + every - time.monotonic(), 0.0)

    def _renew(self) -> None:
        now = self.renewed_at = time.monotonic()
        claims.renew([token for token, at in self.claimed_at.items() if now - at < LONGEST_CALL])

    def _adapt(self, waiting: int) -> None:
        """Claim more at once while calls end faster than they are claimed, and less when not.

        What waits for a thread here is kept from other processes.
        """
        fewest = self.subscriber.calls_at_once
        if waiting > fewest:
            self.most = max(self.most // 2, fewest)
        elif not waiting and len(self.under_way) >= self.most:
            self.most = min(2 * self.most, max(settings.OUTBOX_BATCH, fewest))
