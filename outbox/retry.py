"""When a failed delivery is tried again."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential backoff with full jitter.

    Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

    :ivar attempts: tries in all, before a delivery is a dead letter.
    :ivar base: seconds before the second try, at the most.
    :ivar cap: seconds between two tries, at the most.
    """

    attempts: int = 8
    base: float = 0.5
    cap: float = 60.0

    def delay(self, attempts: int) -> float:
        """Return the seconds to wait after this many tries."""
        return random.uniform(0, min(self.cap, self.base * 2 ** min(attempts - 1, 30)))

    def exhausted(self, attempts: int) -> bool:
        """Tell whether no try is left."""
        return attempts >= self.attempts
