"""Two that count: one takes a batch with one statement, the other each message with its own."""

from collections.abc import Sequence

from outbox.messages import Envelope
from outbox.registry import Subscriber
from tests.benchmarks.messaging.effects import enter, enter_all
from tests.benchmarks.messaging.ours.events import Counted, Ticked


def count(envelopes: Sequence[Envelope[Counted]]) -> None:
    enter_all([envelope.message.number for envelope in envelopes])


def tick(envelopes: Sequence[Envelope[Ticked]]) -> None:
    for envelope in envelopes:
        enter(envelope.message.number)


Subscriber("counter", receive=count, publishes=False).subscribe_to(Counted)
Subscriber("ticker", receive=tick, publishes=False).subscribe_to(Ticked)
