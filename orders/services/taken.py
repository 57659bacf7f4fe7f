"""What of an order's money has been taken with its shipments, as orders see it. Minor units."""

from django.db.models import F, Sum

from orders.flows import RESERVE_FIRST
from orders.models import GONE, Order


def left_to_take(order: Order) -> int:
    """Return what further shipments of a locked order may still be worth."""
    return order.amount - _sent(order) - _not_taken(order)


def not_taken_of(order: Order, amount: int) -> int:
    """Return which part of an amount that is given back has not been taken yet.

    Only in ``reserve_first`` is money taken with the goods.
    """
    if order.flow != RESERVE_FIRST:
        return 0
    gone_back = order.returns.aggregate(total=Sum(F("amount") - F("not_taken")))["total"] or 0
    return max(0, amount - (_sent(order) - int(gone_back)))


def _sent(order: Order) -> int:
    shipped = order.shipments.filter(status__in=GONE)
    return int(shipped.aggregate(total=Sum("amount"))["total"] or 0)


def _not_taken(order: Order) -> int:
    return int(order.returns.aggregate(total=Sum("not_taken"))["total"] or 0)
