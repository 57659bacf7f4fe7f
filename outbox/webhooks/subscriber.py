"""What the subscriber of an endpoint does: send each event until the endpoint accepts it."""

from collections.abc import Sequence
from enum import Enum
from functools import partial
from typing import Any, Final

from django.conf import settings

from outbox.events import ResendRequested
from outbox.messages import Envelope
from outbox.models.endpoints import WebhookEndpoint
from outbox.registry import OutsideSubscriber, Unfinished
from outbox.retry import Retry
from outbox.webhooks.attempts import record_calls
from outbox.webhooks.posting import OutgoingWebhook, WebhookCall, call
from outbox.webhooks.resent import count_done, webhook_again

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
    NOT_WANTED = "the endpoint or the event is gone, or the event is not received any more"


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
    webhook = _webhook(envelope)
    if webhook is None or endpoint.removed_at or webhook.event not in endpoint.events:
        return Unsent.NOT_WANTED
    if endpoint.paused_at:
        return Unsent.PAUSED
    return call(endpoint, webhook, seconds=SHARE_OF_LEASE * settings.OUTBOX_LEASE_SECONDS)


def conclude(
    name: str, envelopes: Sequence[Envelope[Any]], results: Sequence[Any]
) -> list[Unfinished]:
    """Record what became of calls; return the events that have to be sent again."""
    record_calls(name, [each for each in results if isinstance(each, WebhookCall)])
    again = [_again(*pair) for pair in zip(envelopes, results, strict=True)]
    over = [each for each, unfinished in zip(envelopes, again, strict=True) if not unfinished]
    count_done([each.message for each in over if isinstance(each.message, ResendRequested)])
    return [each for each in again if each]


def _webhook(envelope: Envelope[Any]) -> OutgoingWebhook | None:
    """Return what is to be sent, if that is still there."""
    if isinstance(envelope.message, ResendRequested):
        return webhook_again(envelope.message, attempt=envelope.attempt)
    return OutgoingWebhook(
        id=envelope.id,
        event=type(envelope.message).__name__,
        at=envelope.recorded_at,
        data=envelope.message,
        conversation=envelope.conversation,
        attempt=envelope.attempt,
    )


def _again(envelope: Envelope[Any], result: Any) -> Unfinished | None:
    if result is Unsent.PAUSED:
        return Unfinished(envelope, result.value, after=UNTIL_NOTICED, tried=False)
    error = result.error if isinstance(result, WebhookCall) else result
    if isinstance(error, Exception):
        return Unfinished(envelope, str(error), error=error)
    return None
