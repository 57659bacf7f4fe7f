"""Vouchers take something off the goods, within their limits, however many buyers come at once."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from orders.models import Adjustment, Customer, Order, Voucher, VoucherHolder, VoucherUse
from orders.pricing import NewLine, VoucherRefused, VoucherUsedUp
from orders.services import place_in_parts, place_order, request_cancellation
from testkit.book import taken
from testkit.delivering import settle
from testkit.shop import PRICE, Shop, outcome
from tests.threads import at_once

BUYERS, AT_ONCE, LIMIT = 200, 20, 50


def voucher(code: str = "SPRING", **columns: Any) -> Voucher:
    worth = {} if "amount" in columns else {"percent": Decimal(10)}
    past = timezone.now() - timedelta(days=1)
    return Voucher.objects.create(**{"code": code, "valid_from": past, **worth, **columns})


def buy(shop: Shop, *codes: str, units: int = 2, customer: Customer | None = None) -> Order:
    return place_order(
        customer=customer or shop.customer,
        lines=[NewLine("MUG", units)],
        payment_method="pm_card_visa",
        vouchers=codes,
    )


def off(order: Order) -> list[tuple[str, int]]:
    rows = Adjustment.objects.filter(order=order).order_by("number")
    return list(rows.values_list("reason", "amount"))


def used(code: str = "SPRING") -> tuple[int, int, int]:
    """Return how often a voucher counts as used: in all, by its holders, and by its rows."""
    row = Voucher.objects.get(code=code)
    by_holders = sum(VoucherHolder.objects.filter(voucher=row).values_list("used", flat=True))
    return row.used, by_holders, VoucherUse.objects.filter(voucher=row, given_back_at=None).count()


def test_a_percentage_is_taken_off_the_goods(audited: Shop) -> None:
    voucher()
    order = buy(audited, "spring")
    settle()
    assert off(order) == [("SPRING", -PRICE // 5)]
    assert taken(order.id) == [order.amount] == [2 * PRICE - PRICE // 5]
    assert used() == (1, 1, 1)


def test_vouchers_are_taken_one_after_the_other_and_never_below_nothing(audited: Shop) -> None:
    voucher("HALF", percent=Decimal(50))
    voucher("MUCH", amount=10 * PRICE, currency="GBP")
    order = buy(audited, "HALF", "MUCH")
    settle()
    assert off(order) == [("HALF", -PRICE), ("MUCH", -PRICE)]
    assert (order.amount, outcome(order)) == (0, ("confirmed", ""))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"valid_from": timezone.now() + timedelta(days=1)}, "is not valid yet"),
        ({"valid_until": timezone.now() - timedelta(hours=1)}, "is not valid any more"),
        ({"amount": 100, "currency": "EUR"}, "is for orders in EUR"),
        ({"minimum": 3 * PRICE, "currency": "GBP"}, "is for goods of 37.50 GBP or more"),
    ],
)
def test_a_voucher_that_is_not_for_the_order_is_refused(
    shop: Shop, columns: dict[str, Any], said: str
) -> None:
    voucher(**columns)
    with pytest.raises(VoucherRefused, match=said):
        buy(shop, "SPRING")
    assert not Order.objects.exists()


def test_a_code_that_is_none_or_stands_there_twice_is_refused(shop: Shop) -> None:
    voucher()
    with pytest.raises(VoucherRefused, match="AUTUMN is no voucher") as refused:
        buy(shop, "SPRING", "AUTUMN")
    assert refused.value.place == 1
    with pytest.raises(VoucherRefused, match="twice"):
        buy(shop, "SPRING", "Spring")


def test_a_customer_uses_it_as_often_as_it_allows(audited: Shop) -> None:
    voucher(limit_per_customer=1)
    buy(audited, "SPRING")
    with pytest.raises(VoucherUsedUp, match="you have ordered with it as often as it allows"):
        buy(audited, "SPRING")
    bob = Customer.objects.create(name="Bob")
    buy(audited, "SPRING", customer=bob)
    settle()
    assert used() == (2, 2, 2)


def test_a_cancelled_order_gives_it_back_once(audited: Shop) -> None:
    voucher(limit=1, limit_per_customer=1)
    order = buy(audited, "SPRING")
    settle()
    with pytest.raises(VoucherUsedUp):
        buy(audited, "SPRING")
    for _ in range(2):
        request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
        settle()
    assert used() == (0, 0, 0)
    buy(audited, "SPRING")
    settle()
    assert used() == (1, 1, 1)


def test_a_declined_card_gives_it_back(audited: Shop) -> None:
    voucher(limit=1)
    order = place_order(
        customer=audited.customer,
        lines=[NewLine("MUG", 1)],
        payment_method="pm_card_chargeDeclined",
        vouchers=["SPRING"],
    )
    settle()
    assert outcome(order) == ("cancelled", "payment_declined")
    assert used() == (0, 0, 0)


def test_a_backorder_takes_its_part_of_it_along(audited: Shop) -> None:
    voucher(amount=1001, currency="GBP")
    order = place_in_parts(
        customer=audited.customer,
        lines=[NewLine("MUG", 14)],
        payment_method="pm_card_visa",
        vouchers=["SPRING"],
    )
    settle()
    rest = Order.objects.get(backorder_of=order)
    assert off(order) == [("SPRING", -715)]
    assert off(rest) == [("SPRING", -286)]
    assert used() == (1, 1, 1)


@pytest.mark.parametrize("rest_first", [False, True])
def test_it_is_given_back_when_nothing_of_the_purchase_stands(
    audited: Shop, *, rest_first: bool
) -> None:
    voucher(limit=1)
    order = place_in_parts(
        customer=audited.customer,
        lines=[NewLine("MUG", 14)],
        payment_method="pm_card_visa",
        vouchers=["SPRING"],
    )
    settle()
    parts = [order, Order.objects.get(backorder_of=order)]
    for part, left in zip(reversed(parts) if rest_first else parts, (1, 0), strict=True):
        request_cancellation(order_id=part.id, reason_code="cancelled_by_customer")
        settle()
        assert used() == (left, left, left)


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_of_two_hundred_buyers_at_once_no_more_than_the_limit_get_it(audited: Shop) -> None:
    voucher(limit=LIMIT)
    voucher("ONCE", limit_per_customer=2)
    customers = [Customer.objects.create(name=f"buyer {number}") for number in range(AT_ONCE)]
    audited.receive("MUG", 2 * BUYERS)
    before = deadlocks()
    ends: Counter[str] = Counter()

    def buy_often(number: int) -> None:
        codes = ("SPRING", "ONCE") if number % 2 else ("ONCE", "SPRING")
        for _ in range(BUYERS // AT_ONCE):
            try:
                buy(audited, *codes, units=1, customer=customers[number])
            except VoucherUsedUp as refused:
                ends[str(refused)[:6]] += 1
            else:
                ends["bought"] += 1

    at_once(AT_ONCE, buy_often)
    assert ends["bought"] == 2 * AT_ONCE < LIMIT
    assert used() == used("ONCE") == (2 * AT_ONCE,) * 3
    at_once(AT_ONCE, lambda _: _buy_or_not(audited))
    assert used() == (LIMIT,) * 3
    assert deadlocks() == before
    settle()


def _buy_or_not(shop: Shop) -> None:
    try:
        buy(shop, "SPRING", units=1)
    except VoucherUsedUp:
        return
