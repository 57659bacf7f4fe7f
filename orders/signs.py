"""Signs of orders: those that need attention."""

from collections.abc import Iterator

from orders.models import Order
from outbox.kit.signs import Sign, count_sign, list_address


def signs() -> Iterator[Sign]:
    """Yield the sign of orders that wait for a human."""
    yield count_sign(
        "Orders that need attention",
        Order.objects.filter(needs_attention=True),
        address=list_address("orders_order", needs_attention__exact=1),
        needs="orders.view_order",
    )
