"""A day of the shop, and what the read model says of it."""

from typing import Any

from orders.services import request_cancellation
from readmodels.models import OrderSummary
from tests.shop import Shop, settle


def a_day_of(shop: Shop) -> None:
    """Confirm two orders, decline one, cancel one of the confirmed."""
    shop.receive("BOWL", 10)
    undone = shop.order({"MUG": 2, "BOWL": 1})
    shop.order({"BOWL": 2})
    shop.order(payment_method="pm_card_chargeDeclined")
    settle()
    request_cancellation(order_id=undone.id, reason_code="cancelled_by_customer")
    settle()


def rows() -> list[Any]:
    return list(OrderSummary.objects.order_by("pk").values())
