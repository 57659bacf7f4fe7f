"""Figures of payments for ``/metrics``."""

from collections.abc import Iterator

from outbox.kit.figures import Figure, number
from payments.models import ENDED, Dispute, Payment, Reconciliation, Webhook, WebhookStatus


def figures() -> Iterator[Figure]:
    """Yield what needs a human, and the result of each gateway's last reconciliation."""
    waiting = Payment.objects.filter(needs_attention=True).count()
    yield number("payments_needing_attention", "Payments that need attention", waiting)
    unmatched = Webhook.objects.filter(status=WebhookStatus.UNMATCHED).count()
    yield number("webhooks_unmatched", "Webhooks of gateways that match no payment", unmatched)
    disputed = Dispute.objects.exclude(stage__in=ENDED).count()
    yield number("disputes_open", "Disputes of payments that have not ended", disputed)
    last = Reconciliation.objects.order_by("gateway", "-id").distinct("gateway")
    if differences := dict(last.values_list("gateway", "differences")):
        yield Figure(
            "reconciliation_differences",
            "Differences between ledger and gateway in the last reconciliation",
            {(name,): count for name, count in differences.items()},
            ("gateway",),
        )
