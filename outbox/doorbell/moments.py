"""The moments at which beat ticks."""

from typing import Any

from celery.schedules import schedule


class Every(schedule):
    """So many seconds apart, at the same moments for ever.

    Ticks that fall due at once take all processes of a small worker at once, and a message that is
    published just then waits for them.

    :param seconds: between two ticks.
    :param after: seconds by which the ticks follow the multiples of ``seconds``.
    """

    def __init__(self, seconds: float, *, after: float = 0.0, **options: Any) -> None:
        super().__init__(seconds, **options)
        self.after = after

    def turn(self, moment: float) -> int:
        """Return the number of the last tick before a moment."""
        return int((moment - self.after) // self.seconds)

    def seconds_left(self, moment: float) -> float:
        """Return the seconds from a moment to the next tick."""
        return (self.turn(moment) + 1) * self.seconds + self.after - moment
