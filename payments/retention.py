"""Webhooks and reconciliations go when they are over, the oldest first and a page at a time.

What a human has to look at stays, however old: a webhook that matches nothing or speaks of a
payment that needs attention, a reconciliation that found differences.
"""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils import timezone

from payments.models import Payment, Reconciliation, Webhook, WebhookStatus

PAGE = 1000
"""Rows that one transaction looks at."""


@dataclass(frozen=True, slots=True)
class RemovedRecords:
    """How many rows went."""

    webhooks: int
    reconciliations: int


def remove_what_is_over(*, seconds: float) -> RemovedRecords:
    """Remove what the settings say, for so long at most."""
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


def _remove(over: QuerySet[Any], made: str, days: int | None, until: float) -> int:
    """Remove those that are old; keys follow time nearly enough to say when the walk is done.

    :param made: the field that says how old a row is.
    """
    if days is None:
        return 0
    before = timezone.now() - timedelta(days=days)
    rows: QuerySet[Model] = over.model._default_manager.order_by("pk")  # noqa: SLF001 - Django's documented Model API
    removed, page = 0, rows[:PAGE]
    while time.monotonic() < until:
        ages = list(page.values_list("pk", made))
        old = [key for key, moment in ages if moment < before]
        if not old:
            break
        removed += over.filter(pk__in=old).delete()[0]
        page = rows.filter(pk__gt=ages[-1][0])[:PAGE]
    return removed
