"""The rival's event and receiver; effect and acknowledgement are one transaction."""

from dataclasses import dataclass

from django_domain_events import DURABLE, event, receiver

from tests.benchmarks.messaging.effects import enter


@event
@dataclass(frozen=True, slots=True)
class Counted:
    """Something is to be counted."""

    number: int


@receiver(Counted, mode=DURABLE)  # type: ignore[untyped-decorator]  # not installed here
def count(counted: Counted) -> None:
    enter(counted.number)
