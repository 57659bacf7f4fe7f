"""The rival's handler; it runs in the transaction that settles the message, and so counts once."""

from reliable_outbox import Envelope, handler

from tests.benchmarks.messaging.effects import enter


@handler("counted")  # type: ignore[untyped-decorator]  # not installed where types are checked
def count(envelope: Envelope) -> None:
    enter(envelope.payload["number"])
