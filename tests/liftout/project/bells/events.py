"""What bells say."""

from outbox.messages import Event


class BellRang(Event, frozen=True):
    """A bell rang."""

    number: int = 0
