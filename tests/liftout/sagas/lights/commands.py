"""What lamps are asked."""

from outbox.messages import Command


class SwitchOn(Command, frozen=True):
    """Switch a lamp on."""

    number: int


class SwitchOff(Command, frozen=True):
    """Ensure that a lamp is off."""

    number: int


class OpenDoor(Command, frozen=True):
    """Open the door, if there is one."""

    number: int
