"""Redrive dead letters in growing batches, as long as few fail again."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from outbox.models import Lane
from outbox.operations.dead_letters import Selection
from outbox.operations.redrive import redrive

BETWEEN_LOOKS = 0.2
"""Seconds between two checks of a ramp."""


class RedriveStalled(Exception):
    """Redriven messages are not tried: check that workers run and that the broker answers."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """The outcome of dead letters that were redriven together, after one attempt at each."""

    settled: int
    failed: int

    @property
    def error_rate(self) -> float:
        """The share of those that failed again, from 0 to 1."""
        return self.failed / ((self.settled + self.failed) or 1)


def pause() -> None:
    """Let the workers work."""
    time.sleep(BETWEEN_LOOKS)


def sizes() -> Iterator[int]:
    """Yield 1, 2, 5, 10, 20, 50, 100 and so on."""
    scale = 1
    while True:
        yield from (scale, 2 * scale, 5 * scale)
        scale *= 10


def redrive_in_ramps(  # noqa: PLR0913 - each has its name at the call
    selection: Selection,
    *,
    actor: str,
    reason: str,
    most_failing: float = 0.1,
    patience: float = 60.0,
    wait: Callable[[], None] = pause,
) -> Iterator[Ramp]:
    """Redrive 1, 2, 5, 10 and so on; each ramp begins when all of the last one have been tried.

    Workers deliver them. It stops after a ramp with too high an error rate.

    :param most_failing: the highest error rate at which it continues, from 0 to 1.
    :param patience: seconds without any progress before it gives up.
    :raises RedriveStalled: nothing was tried for that long.
    :raises ReasonMissing: the reason is empty.
    """
    named = list(selection.rows().values_list("pk", flat=True))
    for size in sizes():
        if not named:
            return
        ramp, named = named[:size], named[size:]
        places = dict(Lane.objects.filter(pk__in=ramp).values_list("pk", "next"))
        redriven = redrive(Selection(lanes=ramp), actor=actor, reason=reason)
        outcome = _outcome({key: places[key] for key in redriven}, patience, wait)
        yield outcome
        if outcome.error_rate > most_failing:
            return


def _outcome(places: Mapping[int, int], patience: float, wait: Callable[[], None]) -> Ramp:
    """Wait until each has been tried once.

    :param places: by lane, the sequence of the message that was redriven.
    """
    untried = len(places)
    until = time.monotonic() + patience
    while untried:
        wait()
        failed, under_way = tried_of(places)
        if under_way < untried:
            until = time.monotonic() + patience
        untried = under_way
        if untried and time.monotonic() > until:
            raise RedriveStalled(f"{untried} of {len(places)} were not tried in {patience:g} s")
    return Ramp(settled=len(places) - failed, failed=failed)


def tried_of(places: Mapping[int, int]) -> tuple[int, int]:
    """Count the lanes whose message has failed again, and those not tried yet.

    :param places: by lane, the sequence of the message that was redriven.
    """
    rows = Lane.objects.filter(pk__in=list(places)).values_list("pk", "next", "attempts")
    still_there = [attempts for key, place, attempts in rows if place == places[key]]
    failed = sum(attempts > 0 for attempts in still_there)
    return failed, len(still_there) - failed
