"""Messaging's own subscriber to the outside: who calls the operators."""

from collections.abc import Sequence

from outbox.alerts import send_alert
from outbox.commands import AlertOperators
from outbox.envelope import Envelope
from outbox.registry import Subscriber, Unfinished
from outbox.retry import Retry


def send(envelope: Envelope[AlertOperators]) -> None:
    """Send one alert; a mail whose commit is lost goes out twice."""
    send_alert(envelope.message)


def conclude(
    envelopes: Sequence[Envelope[AlertOperators]], results: Sequence[Exception | None]
) -> list[Unfinished]:
    """Have every alert that did not get out sent again."""
    pairs = zip(envelopes, results, strict=True)
    return [Unfinished(envelope, str(error)) for envelope, error in pairs if error]


alerts = Subscriber(
    "alerts",
    call=send,
    conclude=conclude,
    publishes=False,
    retry=Retry(attempts=20, base=1, cap=600),
)
alerts.hear(AlertOperators)
