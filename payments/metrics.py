"""Figures of payments."""

from collections.abc import Iterator

from outbox.figures import Figure, number
from payments.models import Payment


def figures() -> Iterator[Figure]:
    """Yield how many payments wait for a human."""
    waiting = Payment.objects.filter(needs_attention=True).count()
    yield number("payments_needing_attention", "Payments that need attention", waiting)
