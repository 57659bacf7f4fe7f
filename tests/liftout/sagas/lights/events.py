"""What lamps and doors say."""

from outbox.messages import Event


class LampLit(Event, frozen=True):
    """A lamp is on."""

    number: int


class LampDark(Event, frozen=True):
    """A lamp is off."""

    number: int


class DoorOpened(Event, frozen=True):
    """The door is open."""

    number: int


class DoorMissing(Event, frozen=True):
    """There is no such door."""

    number: int
