"""Remove webhooks and reconciliations that are older than the settings allow.

What needs a human stays: webhooks that match no payment or belong to one that needs attention, and
reconciliations that found differences.
"""

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from outbox.kit.rows.removal import remove_old
from payments.models import Payment, Reconciliation, Webhook, WebhookStatus


@dataclass(frozen=True, slots=True)
class RemovedRecords:
    """Numbers of removed rows."""

    webhooks: int
    reconciliations: int


def remove_what_is_over(*, seconds: float) -> RemovedRecords:
    """Remove old rows for at most this time."""
    until = time.monotonic() + seconds
    flagged = Payment.objects.filter(needs_attention=True).values("order_id")
    return RemovedRecords(
        webhooks=_remove(
            Webhook.objects.filter(status=WebhookStatus.MATCHED).exclude(order_id__in=flagged),
            "received_at",
            settings.PAYMENTS_KEEP_WEBHOOKS_DAYS,
            until,
        ),
        reconciliations=_remove(
            Reconciliation.objects.filter(differences=0),
            "made_at",
            settings.PAYMENTS_KEEP_RECONCILIATIONS_DAYS,
            until,
        ),
    )


def _remove(over: QuerySet[Any], recorded_at: str, days: int | None, until: float) -> int:
    return remove_old(
        over.model._default_manager.all(),  # noqa: SLF001 - Django's documented Model API
        recorded_at,
        days=days,
        until=until,
        remove=lambda keys: over.filter(pk__in=keys).delete()[0],
    )
