"""What is published to be counted."""

from outbox.messages import Event


class Counted(Event, frozen=True):
    """Something is to be counted; heard in batches."""

    number: int


class Ticked(Event, frozen=True):
    """Something is to be counted; heard one by one."""

    number: int
