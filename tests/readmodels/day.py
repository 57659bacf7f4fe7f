"""A day of the shop, and the rows of its read models."""

from typing import Any

from orders.services import LineToReturn, request_cancellation, request_return
from readmodels.models import OrderSummary
from readmodels.projection import Projection
from testkit.delivering import settle
from testkit.shop import Shop
from tests.shop import send, take_in


def a_day_of(shop: Shop) -> None:
    """Confirm two orders, decline one, and cancel one of the confirmed ones."""
    shop.receive("BOWL", 10)
    undone = shop.order({"MUG": 2, "BOWL": 1})
    shop.order({"BOWL": 2})
    shop.order(payment_method="pm_card_chargeDeclined")
    settle()
    request_cancellation(order_id=undone.id, reason_code="cancelled_by_customer")
    settle()


def a_busy_day_of(shop: Shop) -> None:
    """Add an authorization that is not captured, and a return."""
    a_day_of(shop)
    returned = shop.order({"MUG": 3}, flow="reserve_first")
    settle()
    send(returned)
    settle()
    request_return(order_id=returned.id, lines=[LineToReturn(1, 1)], reason="too small")
    take_in(returned)
    settle()
    shop.order({"MUG": 1}, payment_method="pm_sandbox_silent_once", flow="choreographed")
    settle()


def rows() -> list[Any]:
    return list(OrderSummary.objects.order_by("pk").values())


def tables(projection: Projection[Any], *, sequence: bool = True) -> list[list[dict[str, Any]]]:
    """Return the rows of each table of a read model, without generated ids.

    :param sequence: with the sequence of each row, which reconstruction counts differently.
    """
    left_out = {"id"} if sequence else {"id", "sequence"}
    return [
        sorted(
            ({name: row[name] for name in row if name not in left_out} for row in table.values()),
            key=str,
        )
        for each in projection.tables
        for table in [each._default_manager.all()]  # noqa: SLF001 - Django's documented Model._meta API
    ]
