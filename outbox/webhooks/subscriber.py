"""What the subscriber of an endpoint does: send each event until the endpoint accepts it."""

from collections.abc import Sequence
from enum import Enum
from functools import partial
from typing import Any, Final

from django.conf import settings

from outbox.messages import Envelope
from outbox.models.endpoints import WebhookEndpoint
from outbox.registry import OutsideSubscriber, Unfinished
from outbox.retry import Retry
from outbox.webhooks.attempts import record_calls
from outbox.webhooks.posting import OutgoingWebhook, WebhookCall, call

FOR_DAYS: Final = Retry(attempts=25, base=5, cap=8 * 3600)
"""Waits up to five seconds at first and up to eight hours later on: about two days in all."""

SHARE_OF_LEASE: Final = 0.6
"""How much of a claim's lease one call may take."""

UNTIL_NOTICED: Final = 5.0
"""Seconds after which what a paused endpoint is owed is looked at again, by processes that have not
noticed yet that it is paused."""


class Unsent(Enum):
    """Why nothing was sent to an endpoint."""

    PAUSED = "it is paused"
    NOT_WANTED = "it was removed, or does not receive this event any more"


def subscriber_of(endpoint: WebhookEndpoint) -> OutsideSubscriber:
    """Make the subscriber of an endpoint, which receives nothing yet."""
    return OutsideSubscriber(
        endpoint.subscriber,
        call=partial(send, endpoint.name),
        conclude=partial(conclude, endpoint.name),
        retry=FOR_DAYS,
        publishes=False,
        chooses=True,
    )


def send(name: str, envelope: Envelope[Any]) -> WebhookCall | Unsent:
    """Post an event to an endpoint as its row stands now."""
    endpoint = WebhookEndpoint.objects.get(pk=name)
    event = type(envelope.message).__name__
    if endpoint.removed_at or event not in endpoint.events:
        return Unsent.NOT_WANTED
    if endpoint.paused_at:
        return Unsent.PAUSED
    webhook = OutgoingWebhook(
        id=envelope.id,
        event=event,
        at=envelope.recorded_at,
        data=envelope.message,
        conversation=envelope.conversation,
        attempt=envelope.attempt,
    )
    return call(endpoint, webhook, seconds=SHARE_OF_LEASE * settings.OUTBOX_LEASE_SECONDS)


def conclude(
    name: str, envelopes: Sequence[Envelope[Any]], results: Sequence[Any]
) -> list[Unfinished]:
    """Record what became of calls; return the events that have to be sent again."""
    record_calls(name, [each for each in results if isinstance(each, WebhookCall)])
    pairs = zip(envelopes, results, strict=True)
    return [again for pair in pairs if (again := _again(*pair)) is not None]


def _again(envelope: Envelope[Any], result: Any) -> Unfinished | None:
    if result is Unsent.PAUSED:
        return Unfinished(envelope, result.value, after=UNTIL_NOTICED, tried=False)
    error = result.error if isinstance(result, WebhookCall) else result
    if isinstance(error, Exception):
        return Unfinished(envelope, str(error), error=error)
    return None
