"""Remove quotes that are older than the settings allow; orders keep what they were placed with."""

import time

from django.conf import settings

from orders.models import Quote
from outbox.kit.rows.removal import remove_old


def remove_what_is_over(*, seconds: float) -> int:
    """Remove old quotes for at most this time; return how many."""
    return remove_old(
        Quote.objects.all(),
        "expires_at",
        days=settings.ORDERS_KEEP_QUOTES_DAYS,
        until=time.monotonic() + seconds,
    )
