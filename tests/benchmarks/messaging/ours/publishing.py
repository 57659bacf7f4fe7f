"""How this project publishes, one conversation per message."""

from uuid_utils.compat import uuid7

from outbox.publishing import publish
from tests.benchmarks.messaging.ours.events import Counted, Ticked


def counted(number: int) -> None:
    publish(Counted(number=number), conversation=uuid7())


def ticked(number: int) -> None:
    publish(Ticked(number=number), conversation=uuid7())
