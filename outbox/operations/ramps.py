"""Ramps: dead letters that are redriven together, each time more of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from outbox.models import Lane


@dataclass(frozen=True, slots=True)
class Ramp:
    """The outcome of dead letters that were redriven together, after one attempt at each."""

    settled: int
    failed: int

    @property
    def error_rate(self) -> float:
        """The share of those that failed again, from 0 to 1."""
        return self.failed / ((self.settled + self.failed) or 1)


def sizes() -> Iterator[int]:
    """Yield 1, 2, 5, 10, 20, 50, 100 and so on."""
    scale = 1
    while True:
        yield from (scale, 2 * scale, 5 * scale)
        scale *= 10


def tried_of(places: Mapping[int, int]) -> tuple[int, int]:
    """Count the lanes whose message has failed again, and those not tried yet.

    :param places: by lane, the sequence of the message that was redriven.
    """
    rows = Lane.objects.filter(pk__in=list(places)).values_list("pk", "next", "attempts")
    still_there = [attempts for key, place, attempts in rows if place == places[key]]
    failed = sum(attempts > 0 for attempts in still_there)
    return failed, len(still_there) - failed
