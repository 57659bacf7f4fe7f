"""Send a test webhook to an endpoint, and return at once what it answered."""

from typing import Final

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from outbox.acts import record_act
from outbox.models.endpoints import WebhookEndpoint
from outbox.webhooks.attempts import record_ping
from outbox.webhooks.posting import OutgoingWebhook, WebhookCall, call

PING: Final = "ping"
"""The type of a test webhook; no event is called so."""

SECONDS: Final = 5.0
"""How long an endpoint may take to answer; an operator waits for it."""


def ping_endpoint(*, name: str, reason: str, actor: str) -> WebhookCall:
    """Send an endpoint a test webhook, even if it is paused; it changes nothing there or here.

    No transaction may be open, as the endpoint may take seconds.

    :raises WebhookEndpoint.DoesNotExist: there is none of this name.
    :raises SecretUnreadable: its secret cannot be decrypted.
    :raises ReasonMissing: no reason is given.
    """
    endpoint = WebhookEndpoint.objects.get(pk=name, removed_at=None)
    with transaction.atomic():
        record_act(actor=actor, verb="ping webhook endpoint", subject=name, reason=reason)
    webhook = OutgoingWebhook(id=uuid7(), event=PING, at=timezone.now(), data={"endpoint": name})
    made = call(endpoint, webhook, seconds=SECONDS)
    record_ping(name, made)
    return made
