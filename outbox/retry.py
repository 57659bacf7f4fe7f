"""Retry policies, and why handling a message has failed."""

import random
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self


class UnknownHere(Exception):
    """This code does not know the message; newer code may run beside it."""


class Permanent(Exception):
    """No retry can succeed: the message is a dead letter at once."""


class TryLater(Exception):
    """The other side has said when to retry.

    :ivar after: seconds to wait at least.
    """

    def __init__(self, message: str, *, after: float) -> None:
        super().__init__(message)
        self.after = after


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential backoff with full jitter.

    Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

    :ivar attempts: attempts in all, before a message is a dead letter.
    :ivar base: the longest wait before the second attempt, in seconds.
    :ivar cap: the longest wait between two attempts, in seconds.
    """

    attempts: int = 8
    base: float = 0.5
    cap: float = 60.0

    def delay(self, attempts: int) -> float:
        """Return the seconds to wait after this many attempts."""
        return random.uniform(0, min(self.cap, self.base * 2 ** min(attempts - 1, 30)))

    def exhausted(self, attempts: int) -> bool:
        """Tell whether no attempt is left."""
        return attempts >= self.attempts


_ROOT: Final = Path(__file__).resolve().parent.parent

UNTIL_DEPLOYED = Retry(attempts=130, base=1.0, cap=60.0)
"""For messages that this code does not know: about an hour, longer than a deployment takes."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why handling a message has failed.

    :ivar place: the innermost function of ours in which it happened, with its file.
    :ivar permanent: it is not retried.
    :ivar unknown: this code does not know the message; it is refused, which uses up no attempt.
    :ivar after: seconds to wait at least before the next attempt.
    """

    error: str
    error_type: str = ""
    place: str = ""
    traceback: str = ""
    permanent: bool = False
    unknown: bool = False
    after: float = 0.0

    @classmethod
    def of(cls, error: Exception, *, permanent: bool = False) -> Self:
        """Describe an exception; some types say how to proceed."""
        lines = traceback.format_exception(error)
        name = type(error).__name__
        return cls(
            error=f"{name}: {error}",
            error_type=name,
            place=_place_of(error),
            traceback="".join(lines),
            permanent=permanent or isinstance(error, Permanent),
            unknown=isinstance(error, UnknownHere),
            after=error.after if isinstance(error, TryLater) else 0.0,
        )


def _place_of(error: Exception) -> str:
    """Name the innermost function of this code base: ``payments/handlers.py, in charge``."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
            return f"{path.relative_to(_ROOT)}, in {frame.name}"
    return ""
