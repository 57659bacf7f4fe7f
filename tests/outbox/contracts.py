"""Messages without a meaning, for tests of messaging."""

from outbox.messages import Event


class Rang(Event, frozen=True):
    """Somebody rang."""

    number: int = 0


class Shouted(Event, frozen=True):
    """Somebody shouted; heard in loud flows only."""

    number: int = 0
