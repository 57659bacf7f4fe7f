"""Why a message could not be handled, and when it is tried again."""

import random
import traceback
from dataclasses import dataclass
from typing import Self


class UnknownHere(Exception):
    """The running code does not know what it was handed; newer code may run beside it."""


class Permanent(Exception):
    """Trying again would change nothing: the message is a dead letter at once."""


class TryLater(Exception):
    """The other side says when it may be tried again.

    :ivar after: seconds to wait at least.
    """

    def __init__(self, message: str, *, after: float) -> None:
        super().__init__(message)
        self.after = after


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential backoff with full jitter.

    Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

    :ivar attempts: tries in all, before a message is a dead letter.
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


UNTIL_DEPLOYED = Retry(attempts=130, base=1.0, cap=60.0)
"""How what is unknown is tried again: for about an hour, in which a deployment comes to its end."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message could not be handled; a permanent failure is not tried again.

    :ivar unknown: this code does not know the message; it is refused, and no attempt is used up.
    :ivar after: seconds to wait at least before the next try.
    """

    error: str
    error_type: str = ""
    traceback: str = ""
    permanent: bool = False
    unknown: bool = False
    after: float = 0.0

    @classmethod
    def of(cls, error: Exception, *, permanent: bool = False) -> Self:
        """Describe an exception; some say themselves what they mean."""
        lines = traceback.format_exception(error)
        name = type(error).__name__
        return cls(
            error=f"{name}: {error}",
            error_type=name,
            traceback="".join(lines),
            permanent=permanent or isinstance(error, Permanent),
            unknown=isinstance(error, UnknownHere),
            after=error.after if isinstance(error, TryLater) else 0.0,
        )
