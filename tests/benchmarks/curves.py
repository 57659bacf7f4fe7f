"""Curves: what one unit of work costs as something grows, and whether that stays flat."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.report import Figure

FLAT = 1.25
"""As many times the cheapest of the smaller sizes: flat at the most."""


@dataclass(frozen=True, slots=True)
class Point:
    """What a unit costs at one size, in milliseconds.

    :ivar workers: processor time of the workers.
    :ivar postgres: processor time of PostgreSQL.
    :ivar elapsed: time that passes.
    """

    size: int
    workers: float
    postgres: float
    elapsed: float

    @property
    def processor(self) -> float:
        return self.workers + self.postgres


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds: processor time of the workers and of PostgreSQL, and what has passed."""

    workers: float
    postgres: float
    elapsed: float

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.workers + other.workers,
            self.postgres + other.postgres,
            self.elapsed + other.elapsed,
        )

    def point(self, size: int, units: int) -> Point:
        """Divide it by the units that it was spent on."""
        per = 1000 / units
        return Point(size, self.workers * per, self.postgres * per, self.elapsed * per)


@dataclass(frozen=True)
class Curve:
    """One thing that grows.

    :ivar grows: what, such as ``lines per order``.
    :ivar unit: whose cost is looked at, such as ``line``.
    """

    grows: str
    unit: str
    points: list[Point] = field(default_factory=list)

    def table(self) -> str:
        """Return a line per size, and one that says how it grows."""
        head = f"{self.grows:>24}  workers  PostgreSQL     time  (ms per {self.unit})"
        lines = [
            f"{p.size:>24,} {p.workers:>8.3f} {p.postgres:>11.3f} {p.elapsed:>8.3f}"
            for p in self.points
        ]
        processor = _in_words([point.processor for point in self.points])
        elapsed = _in_words([point.elapsed for point in self.points])
        ending = f"{'':>24}  processor time {processor}, time {elapsed}"
        return "\n".join([head, *lines, ending])

    def figures(self) -> Iterator[Figure]:
        """Return the cost at each size beside the cheapest smaller one; the bar is on the last."""
        for name, costs in (
            ("processor time", [point.processor for point in self.points]),
            ("time", [point.elapsed for point in self.points]),
        ):
            for place, point in enumerate(self.points):
                is_judged = 0 < place == len(self.points) - 1 and name == "processor time"
                yield Figure(
                    name=f"{name} per {self.unit}, {self.grows}: {point.size:,}",
                    unit="ms",
                    ours=[costs[place]],
                    baseline=[min(costs[:place])] if place else (),
                    baseline_name="the cheapest of the smaller sizes",
                    bar=FLAT if is_judged else None,
                    less_is_better=True,
                )


def _in_words(costs: Sequence[float]) -> str:
    *smaller, last = costs
    if not smaller or not min(smaller):
        return "has nothing to stand beside"
    ratio = last / min(smaller)
    if ratio > FLAT:
        return f"grows ({ratio:.2f} times)"
    return f"falls ({ratio:.2f} times)" if ratio < 1 / FLAT else f"is flat ({ratio:.2f} times)"
