"""What is published to be folded."""

from outbox.messages import Event


class Tallied(Event, frozen=True):
    """A number was added to what is known of a conversation."""

    number: int
