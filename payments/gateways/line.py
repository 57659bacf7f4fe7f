"""The line to a gateway: how many calls at once, how many a second, and none while it is away.

One per gateway and process. What a line knows it has learned from its own calls, so each worker
process finds out for itself that a gateway is away, and probes it by itself.
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from payments.gateways.once import OncePerName
from payments.gateways.port import Result, Unknown

UNANSWERED_IN_A_ROW = 5
"""So many calls without an answer, and the gateway counts as away."""

SHORTEST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds until a gateway that is away is called again; each failed probe doubles them."""

MOST_WAITING = 1.0
"""Seconds that a call waits for its turn; beyond that it is put off, and its thread is free."""


@dataclass(frozen=True, slots=True)
class PutOff:
    """No call was made; ``after`` is the seconds until it is worth another try."""

    after: float


class GatewayLine:
    """Lets calls through, or puts them off.

    It closes when the gateway is away. After a pause one call goes through as a probe; its answer
    opens the line for one call at once, and every further answer for twice as many, so that
    what has piled up meanwhile does not arrive in one wave.

    Source: the circuit breaker of Nygard, "Release It!", 2007, opened again by the slow start of
    RFC 5681, section 3.1.
    """

    def __init__(self, *, calls_at_once: int, calls_per_second: float = 0.0) -> None:
        """Open a line.

        :param calls_per_second: 0 sets no limit.
        """
        self.calls_at_once = calls_at_once
        self.interval = 1 / calls_per_second if calls_per_second else 0.0
        self.window = calls_at_once
        self.under_way = 0
        self.unanswered = 0
        self.pause = SHORTEST_PAUSE
        self.closed_until = 0.0
        self.next_turn = 0.0
        self.changed = threading.Condition()

    def call(self, make: Callable[[], Result]) -> Result | PutOff:
        """Make a call when it has its turn, or put it off."""
        turn = self._enter()
        if isinstance(turn, PutOff):
            return turn
        time.sleep(max(0.0, turn - time.monotonic()))
        result: Result = Unknown("the call broke off")
        try:
            result = make()
        finally:
            self._leave(result)
        return result

    def _enter(self) -> float | PutOff:
        """Take a place among the calls under way; return when it may begin."""
        until = time.monotonic() + MOST_WAITING
        with self.changed:
            while True:
                now = time.monotonic()
                if now < self.closed_until:
                    return self._put_off(self.closed_until - now)
                if self.next_turn > until:
                    return self._put_off(self.next_turn - now)
                if self.under_way < self.window:
                    break
                if not self.changed.wait(until - now):
                    return self._put_off(MOST_WAITING)
            self.under_way += 1
            turn = max(now, self.next_turn)
            self.next_turn = turn + self.interval
            return turn

    def _put_off(self, seconds: float) -> PutOff:
        """Spread those who wait, so that they do not come back in one moment."""
        return PutOff(seconds + random.uniform(0, max(seconds, MOST_WAITING)))

    def _leave(self, result: Result) -> None:
        with self.changed:
            self.under_way -= 1
            now = time.monotonic()
            if not isinstance(result, Unknown):
                self.unanswered, self.pause = 0, SHORTEST_PAUSE
                self.window = min(self.calls_at_once, 2 * self.window)
            elif result.retry_after:
                self.closed_until = max(self.closed_until, now + result.retry_after)
                self.window = 1
            elif now >= self.closed_until:
                self.unanswered += 1
                if self.unanswered >= UNANSWERED_IN_A_ROW:
                    self.closed_until, self.window = now + self.pause, 1
                    self.pause = min(2 * self.pause, LONGEST_PAUSE)
            self.changed.notify_all()


@OncePerName
def line_to(name: str) -> GatewayLine:  # noqa: ARG001 - the key of the cache: a line per gateway
    """Return this process's line to a gateway."""
    return GatewayLine(
        calls_at_once=settings.GATEWAY_CALLS_AT_ONCE,
        calls_per_second=settings.GATEWAY_CALLS_PER_SECOND,
    )
