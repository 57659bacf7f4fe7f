"""Messaging's own subscriber to the outside: who calls the operators."""

from outbox.alerts import send_alert
from outbox.commands import AlertOperators
from outbox.envelope import Envelope
from outbox.registry import Subscriber
from outbox.retry import Retry


def send(envelope: Envelope[AlertOperators]) -> None:
    """Send one alert; a mail whose commit is lost goes out twice."""
    send_alert(envelope.message)


alerts = Subscriber(
    "alerts",
    call=send,
    publishes=False,
    retry=Retry(attempts=20, base=1, cap=600),
)
alerts.hear(AlertOperators)
