"""What is sent again: an event as it stands in the log, under its old id."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from django.db.models import F

from outbox.events import ResendRequested
from outbox.messages import decode
from outbox.models.endpoints import WebhookResend
from outbox.models.log import Message
from outbox.webhooks.posting import OutgoingWebhook


def webhook_again(asked: ResendRequested, *, attempt: int) -> OutgoingWebhook | None:
    """Return an event as a webhook, unless the resend was stopped or retention has removed it."""
    if WebhookResend.objects.filter(pk=asked.resend_id, stopped_at__isnull=False).exists():
        return None
    message = Message.objects.filter(pk=asked.message_id).first()
    if message is None:
        return None
    payload = msgspec.json.encode(message.payload).decode()
    return OutgoingWebhook(
        id=message.id,
        event=message.type,
        at=message.recorded_at,
        data=decode(message.type, message.version, payload),
        conversation=message.correlation_id,
        attempt=attempt,
        resend_id=asked.resend_id,
    )


def count_done(asked: Sequence[ResendRequested]) -> None:
    """Count events that were sent again, or passed over, in the transaction that ends their lanes.

    Rows are counted in key order, so that two transactions cannot wait for each other.
    """
    for resend_id, number in sorted(Counter(each.resend_id for each in asked).items()):
        WebhookResend.objects.filter(pk=resend_id).update(done=F("done") + number)
