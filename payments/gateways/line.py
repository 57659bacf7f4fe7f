"""Limit the calls to a gateway: concurrency, rate, and a circuit breaker.

One limiter (`GatewayLine`) per gateway and process. Processes share no state: each detects from its
own calls that a gateway is down, and probes it.
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from outbox.kit.named import OncePerName
from payments.gateways.port import Result, Unknown

UNANSWERED_IN_A_ROW = 5
"""Consecutive calls without an answer after which the gateway counts as down."""

SHORTEST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds until a gateway that is down is called again; each failed probe doubles them."""

MOST_WAITING = 1.0
"""Seconds that a call waits for its turn; after that it is put off, which frees its thread."""


@dataclass(frozen=True, slots=True)
class PutOff:
    """No call was made; try again after ``after`` seconds."""

    after: float


class GatewayLine:
    """Makes calls, or puts them off.

    It closes when the gateway is down. After a pause one call goes through as a probe. When the
    probe is answered, the limit of concurrent calls doubles with every answer, so that the backlog
    does not arrive in one wave.

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
        """Make a call within the limits, or put it off."""
        turn = self._enter()
        if isinstance(turn, PutOff):
            return turn
        time.sleep(max(0.0, turn - time.monotonic()))
        result: Result = Unknown("the call was interrupted")
        try:
            result = make()
        finally:
            self._leave(result)
        return result

    def _enter(self) -> float | PutOff:
        """Count one more concurrent call; return when it may begin."""
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
        """Add jitter, so that calls that were put off together do not return together."""
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
