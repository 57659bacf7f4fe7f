"""Orders of all kinds that go side by side, so that each commit is one of many of them."""

from orders.models import Order
from orders.services import request_cancellation
from testkit.book import kept
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop, outcome

KINDS = {
    "paid": (1, "pm_card_visa"),
    "declined": (1, "pm_card_chargeDeclined"),
    "missing": (500, "pm_card_visa"),
    "unanswered": (1, "pm_sandbox_silent_once"),
    "missing, unanswered": (500, "pm_sandbox_silent_once"),
    "cancelled first": (1, "pm_card_visa"),
    "cancelled midway": (1, "pm_card_visa"),
}
"""What is ordered by kind: units, and the card."""

BY_CUSTOMER = ("cancelled", "cancelled_by_customer")

ENDS = {
    "paid": ("confirmed", ""),
    "declined": ("cancelled", "payment_declined"),
    "missing": ("cancelled", "out_of_stock"),
    "unanswered": ("confirmed", ""),
    "missing, unanswered": ("cancelled", "out_of_stock"),
    "cancelled first": BY_CUSTOMER,
    "cancelled midway": BY_CUSTOMER,
}


def a_mixture(shop: Shop, flow: str) -> None:
    """Let seven orders go through a flow; two are cancelled on their way."""
    order_of = {
        kind: shop.order({"MUG": units}, payment_method=card, flow=flow, reference=kind)
        for kind, (units, card) in KINDS.items()
    }
    settle_all_but("gateway")
    cancel(order_of["cancelled first"])
    settle_all_but("orders")
    cancel(order_of["cancelled midway"])
    settle()
    assert {kind: outcome(order) for kind, order in order_of.items()} == ENDS
    kept_of = {kind: kept(order.id) for kind, order in order_of.items() if kept(order.id)}
    assert kept_of == dict.fromkeys(("paid", "unanswered"), PRICE)
    assert shop.reserved() == 2


def cancel(order: Order) -> None:
    request_cancellation(order_id=order.id, reason_code=BY_CUSTOMER[1])
