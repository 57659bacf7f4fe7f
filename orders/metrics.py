"""Metrics of orders."""

from collections.abc import Iterator

from orders.models import Order
from outbox.kit.figures import Figure, number


def figures() -> Iterator[Figure]:
    """Yield how many orders wait for a human."""
    waiting = Order.objects.filter(needs_attention=True).count()
    yield number("orders_needing_attention", "Orders that need attention", waiting)
