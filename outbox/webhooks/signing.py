"""The body of a webhook and its signature, by the Standard Webhooks specification.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from standardwebhooks import Webhook

from outbox.messages import Envelope


def body_of(envelope: Envelope[Any]) -> bytes:
    """Return the JSON body: the event's name, the time it was recorded, and its fields."""
    return msgspec.json.encode(
        {
            "type": type(envelope.message).__name__,
            "timestamp": envelope.recorded_at,
            "data": envelope.message,
        }
    )


def headers_of(envelope: Envelope[Any], body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Sign a body with every secret, as sent now; the id is the message's, at every attempt."""
    now = datetime.now(UTC)
    signatures = [Webhook(each).sign(str(envelope.id), now, body.decode()) for each in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "orders",
        "webhook-id": str(envelope.id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
