"""Run in a copy of the tree to which the read model of docs/adding.md was added."""

from typing import Any
from uuid import UUID

from django.apps import apps

from orders.services import request_cancellation
from testkit.delivering import settle
from testkit.shop import PRICE, Shop


def money_of(order_id: UUID) -> tuple[int, int]:
    table: Any = apps.get_app_config("readmodels").get_model("OrderMoney")
    row = table.objects.get(order_id=order_id)
    return row.captured, row.refunded


def test_a_confirmed_order_shows_what_was_captured(audited: Shop) -> None:
    order = audited.order({"MUG": 2})
    settle()
    assert money_of(order.id) == (2 * PRICE, 0)


def test_a_cancelled_order_shows_what_went_back(audited: Shop) -> None:
    order = audited.order({"MUG": 2})
    settle()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert money_of(order.id) == (2 * PRICE, 2 * PRICE)
