"""The body of a webhook and its signature, by the Standard Webhooks specification.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from standardwebhooks import Webhook


def body_of(name: str, at: datetime, data: Any) -> bytes:
    """Return the JSON body: the event's name, the time it was recorded, and its fields."""
    return msgspec.json.encode({"type": name, "timestamp": at, "data": data})


def headers_of(webhook_id: UUID, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Sign a body with every secret, as sent now; the id is the same at every attempt."""
    now = datetime.now(UTC)
    signatures = [Webhook(each).sign(str(webhook_id), now, body.decode()) for each in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "orders",
        "webhook-id": str(webhook_id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
