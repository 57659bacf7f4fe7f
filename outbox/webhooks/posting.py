"""Send one signed webhook to an endpoint, and say what became of it."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from outbox.kit.secret import redact
from outbox.kit.texts import fit, one_line
from outbox.models.endpoints import LONGEST_EXCERPT, WebhookEndpoint
from outbox.retry import TryLater
from outbox.webhooks.addresses import AddressRefused
from outbox.webhooks.sending import Answer, NoAnswer, post
from outbox.webhooks.signing import body_of, headers_of
from outbox.webhooks.signing_secrets import signing_now

LONGEST_WAIT: Final = 24 * 3600.0
"""The longest wait, in seconds, that an endpoint may ask for."""

GONE: Final = 410


class NotTaken(Exception):
    """The endpoint answered, but did not accept the webhook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingWebhook:
    """What is to be sent.

    :ivar conversation: of the event; nothing for a ping.
    :ivar attempt: the number of this attempt, from 1.
    :ivar resend_id: the range of which it is sent again, if it is.
    """

    id: UUID
    event: str
    at: datetime
    data: Any
    conversation: UUID | None = None
    attempt: int = 1
    resend_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCall:
    """A webhook that was sent, and the outcome.

    :ivar status: of the answer, if one came.
    :ivar excerpt: how an answer that refused it began, or why none came.
    :ivar error: why it has to be sent again; nothing if it was accepted.
    """

    webhook: OutgoingWebhook
    milliseconds: int
    status: int | None = None
    excerpt: str = ""
    error: Exception | None = None


def call(endpoint: WebhookEndpoint, webhook: OutgoingWebhook, *, seconds: float) -> WebhookCall:
    """Post a webhook to an endpoint; by the specification only 2xx means that it was accepted.

    :param seconds: how long it may take in all.
    :raises SecretUnreadable: a secret cannot be decrypted.
    """
    body = body_of(webhook.event, webhook.at, webhook.data)
    headers = headers_of(webhook.id, body, signing_now(endpoint))
    began = time.monotonic()
    try:
        answer = post(
            endpoint.url,
            body,
            headers,
            seconds=seconds,
            private=settings.WEBHOOK_PRIVATE_ADDRESSES,
        )
    except (NoAnswer, AddressRefused) as error:
        return WebhookCall(
            webhook=webhook,
            milliseconds=_since(began),
            excerpt=_shown(f"{type(error).__name__}: {error}"),
            error=error,
        )
    return WebhookCall(
        webhook=webhook,
        milliseconds=_since(began),
        status=answer.status,
        excerpt=_shown(answer.excerpt),
        error=_refusal(endpoint, answer),
    )


def _refusal(endpoint: WebhookEndpoint, answer: Answer) -> Exception | None:
    if 200 <= answer.status < 300:
        return None
    said = f"{endpoint.name} answered {answer.status}"
    if answer.retry_after:
        return TryLater(said, after=min(answer.retry_after, LONGEST_WAIT))
    return NotTaken(said)


def _since(began: float) -> int:
    return round(1000 * (time.monotonic() - began))


def _shown(text: str) -> str:
    return fit(one_line(redact(text)), LONGEST_EXCERPT)
