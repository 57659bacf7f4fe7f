"""Signs of payments: what waits for a human, the gateway, and the last reconciliation."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from outbox.kit.signs import (
    MOST_COUNTED,
    Sign,
    Verdict,
    count_sign,
    in_words,
    list_address,
)
from outbox.models import Lane
from payments.gateways.results import Stage
from payments.models import ENDED, Dispute, Payment, Reconciliation, Webhook, WebhookStatus

NEEDS: Final = "payments.view_payment"

OVERDUE: Final = timedelta(hours=26)
"""A reconciliation is made every day."""

_UNDECIDED: Final = ",".join(stage for stage in Stage if stage not in ENDED)


def signs() -> Iterator[Sign]:
    """Yield the signs of payments."""
    yield count_sign(
        "Payments that need attention",
        Payment.objects.filter(needs_attention=True),
        address=list_address("payments_payment", needs_attention__exact=1),
        needs=NEEDS,
    )
    yield count_sign(
        "Open disputes",
        Dispute.objects.exclude(stage__in=ENDED),
        address=list_address("payments_payment", disputes__stage__in=_UNDECIDED),
        needs=NEEDS,
        bad=Verdict.WATCH,
    )
    yield count_sign(
        "Webhooks that match no payment",
        Webhook.objects.filter(status=WebhookStatus.UNMATCHED),
        address=list_address("payments_webhook", status__exact=WebhookStatus.UNMATCHED),
        needs="payments.view_webhook",
        bad=Verdict.WATCH,
    )
    yield _gateway()
    yield from _reconciliations()


def _gateway() -> Sign:
    """Say whether calls wait: each process closes its own line, but all put calls off in lanes."""
    waiting = Lane.objects.filter(
        subscriber="gateway", stopped=False, due_at__gt=timezone.now()
    ).filter(Q(attempts__gt=0) | Q(refusals=0))
    attempts = list(waiting.values_list("attempts", flat=True)[: MOST_COUNTED + 1])
    unanswered = sum(each > 0 for each in attempts)
    put_off = len(attempts) - unanswered
    return Sign(
        title="Gateway",
        value=(
            f"{in_words(put_off)} calls put off, {in_words(unanswered)} unanswered"
            if attempts
            else "answers"
        ),
        verdict=Verdict.ACT if put_off else Verdict.WATCH if unanswered else Verdict.WELL,
        limit="calls are put off while it is down or at its limit",
        address=list_address("outbox_lane", subscriber="gateway", stopped__exact=0),
        needs=NEEDS,
    )


def _reconciliations() -> Iterator[Sign]:
    """Yield the last result of each gateway."""
    last = list(Reconciliation.objects.order_by("gateway", "-id").distinct("gateway"))
    for each in last:
        is_old = each.made_at < timezone.now() - OVERDUE
        good = Verdict.WATCH if is_old else Verdict.WELL
        yield Sign(
            title=f"Reconciliation with {each.gateway}",
            value=(
                f"{each.differences:,} differences of {each.entries:,},"
                f" {each.made_at:%d %b %H:%M} UTC"
            ),
            verdict=Verdict.ACT if each.differences else good,
            limit="there should be no difference, and one every day",
            address=list_address("payments_reconciliation", gateway__exact=each.gateway),
            needs="payments.view_reconciliation",
        )
    if not last:
        yield Sign(
            title="Reconciliation",
            value="none yet",
            verdict=Verdict.WELL,
            limit="one every day",
            address=list_address("payments_reconciliation"),
            needs="payments.view_reconciliation",
        )
