"""Use cases of orders: what may be placed, and which moves a status allows."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from orders.models import LEGAL_MOVES, IllegalMove, Order, OrderStatus, Product
from orders.pricing import NewLine, OrderRefused, UnknownSku
from orders.services import (
    cancel_orders,
    confirm_orders,
    place_order,
    request_cancellation,
)
from outbox.models import Message
from testkit.delivering import settle
from testkit.shop import PRICE, Shop, offer


def place(shop: Shop, *lines: NewLine, reference: str | None = None) -> Order:
    return place_order(
        customer=shop.customer, lines=lines, payment_method="pm_card_visa", reference=reference
    )


def announced() -> int:
    """Count the messages of orders; the stock was announced before."""
    return Message.objects.filter(context="orders").count()


def test_an_order_is_pending_priced_by_us_and_announced(shop: Shop) -> None:
    order = place(shop, NewLine("MUG", 3))
    assert (order.status, order.amount, order.currency) == ("pending", 3 * PRICE, "GBP")
    placed = Message.objects.get(correlation_id=order.id)
    assert (placed.type, placed.sequence, placed.flow) == ("OrderPlaced", 1, "charge_first")
    assert placed.payload["lines"] == [
        {"sku": "MUG", "quantity": 3, "amount": 3 * PRICE, "name": "MUG"}
    ]


def test_an_agreed_price_and_a_discount_count(shop: Shop) -> None:
    order = place(shop, NewLine("MUG", 3, unit_price=100, discount=50))
    assert order.amount == 250


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (NewLine("HAT", 1), "HAT is not for sale"),
        (NewLine("MUG", 0), "MUG: quantity and amount must be positive"),
        (NewLine("MUG", -1), "MUG: quantity and amount must be positive"),
        (NewLine("MUG", 1, discount=PRICE + 1), "MUG: quantity and amount must be positive"),
    ],
)
def test_a_line_that_cannot_be_ordered_refuses_the_order(
    shop: Shop, line: NewLine, complaint: str
) -> None:
    with pytest.raises(OrderRefused, match=complaint):
        place(shop, NewLine("MUG", 1), line)
    assert (Order.objects.count(), announced()) == (0, 0)


def test_what_is_no_longer_for_sale_is_refused(shop: Shop) -> None:
    Product.objects.update(for_sale=False)
    with pytest.raises(UnknownSku):
        place(shop, NewLine("MUG", 1))


def test_an_order_without_lines_is_refused(shop: Shop) -> None:
    with pytest.raises(OrderRefused, match="needs lines"):
        place(shop)


def test_an_order_of_two_currencies_is_refused(shop: Shop) -> None:
    offer("BOOK", 1, "EUR")
    with pytest.raises(OrderRefused, match="one currency"):
        place(shop, NewLine("MUG", 1), NewLine("BOOK", 1))


def test_a_flow_that_does_not_exist_is_refused(shop: Shop) -> None:
    with pytest.raises(OrderRefused, match="by_hand"):
        shop.order(flow="by_hand")
    assert not Order.objects.exists()


def test_a_reference_is_placed_once(shop: Shop) -> None:
    first = place(shop, NewLine("MUG", 1), reference="PO 7")
    assert place(shop, NewLine("MUG", 5), reference="PO 7") == first
    assert announced() == 1


def test_a_reference_placed_by_several_at_once_is_placed_once(shop: Shop) -> None:
    def place_it(_: int) -> UUID:
        try:
            return place(shop, NewLine("MUG", 1), reference="PO 7").id
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(place_it, range(6)))
    assert ids == {Order.objects.get().id}
    assert announced() == 1


def test_a_rolled_back_order_leaves_nothing_behind(shop: Shop) -> None:
    with transaction.atomic():
        place(shop, NewLine("MUG", 1))
        transaction.set_rollback(True)
    assert (Order.objects.count(), announced()) == (0, 0)


@pytest.mark.parametrize("before", OrderStatus)
@pytest.mark.parametrize("after", OrderStatus)
def test_a_status_moves_along_the_table_or_not_at_all(
    before: OrderStatus, after: OrderStatus
) -> None:
    order = Order(status=before)
    if after in LEGAL_MOVES[before]:
        order.move_to(after)
        assert order.status == after
    else:
        with pytest.raises(IllegalMove):
            order.move_to(after)


def test_a_cancellation_locks_the_order_and_says_why(shop: Shop) -> None:
    order = shop.order()
    settle()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    order.refresh_from_db()
    assert (order.status, order.reason_code) == ("cancelling", "cancelled_by_customer")


def test_a_cancelled_order_cannot_be_confirmed(shop: Shop) -> None:
    order = shop.order(payment_method="pm_card_chargeDeclined")
    settle()
    confirm_orders([order.id])
    order.refresh_from_db()
    assert order.status == "cancelled"
    refusal = Message.objects.filter(correlation_id=order.id).latest("sequence")
    assert (refusal.type, refusal.payload["reason_code"]) == (
        "OrderConfirmationRefused",
        "payment_declined",
    )


def test_a_confirmed_order_cannot_be_cancelled_without_its_refund(shop: Shop) -> None:
    order = shop.order()
    settle()
    with pytest.raises(IllegalMove):
        cancel_orders({order.id: "out_of_stock"})
    order.refresh_from_db()
    assert order.status == "confirmed"


def test_the_database_itself_refuses_a_cancellation_without_a_reason(shop: Shop) -> None:
    shop.order()
    with (
        pytest.raises(IntegrityError, match="orders_order_cancelled_for_a_reason"),
        transaction.atomic(),
    ):
        Order.objects.update(status="cancelled")
