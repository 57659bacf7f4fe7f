"""Bugs put into shipments and vouchers: the audit, or the database, shows each."""

from collections import Counter

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from config.audit.findings import audit
from config.audit.invariant import Run
from inventory.services import consuming
from orders.flows import CHARGE_FIRST, RESERVE_FIRST
from orders.models import Order, Voucher
from orders.pricing import NewLine
from orders.services import (
    place_in_parts,
    request_cancellation,
    vouchers,
)
from payments.ledger import Ledger
from payments.services import capturing
from testkit.delivering import settle
from testkit.proofs import PROOFS
from testkit.shop import Shop
from tests.shop import send

NOT_SENT = "what has left stock is not what was sent"
NOT_PAID = (
    "what was sent is not captured, a confirmed order not paid, a cancelled one not refunded, or a"
    " waiting one charged"
)
MISCOUNTED = "a voucher counts other orders than those that use it"


def found() -> list[str]:
    """Name the sentences of the audit that something is wrong with."""
    findings = audit(Run(own_book=True), PROOFS)
    return [violation.what for finding in findings for violation in finding.violations]


def confirmed(shop: Shop, flow: str, units: int = 4) -> Order:
    order = shop.order({"MUG": units}, flow=flow)
    settle()
    return order


def voucher(limit: int | None = None) -> Voucher:
    return Voucher.objects.create(code="SPRING", percent=10, valid_from=timezone.now(), limit=limit)


def test_goods_that_stay_in_stock_when_their_shipment_leaves_are_found(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = confirmed(shop, CHARGE_FIRST)
    monkeypatch.setattr(consuming, "units_by_sku", lambda _: Counter())
    send(order)
    settle()
    assert NOT_SENT in found()


def test_a_part_that_takes_the_goods_of_the_whole_order_out_of_stock_is_found(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = confirmed(shop, CHARGE_FIRST)
    monkeypatch.setattr(consuming, "units_by_sku", lambda _: Counter({"MUG": 4}))
    send(order, {1: 1})
    settle()
    assert NOT_SENT in found()


def test_a_part_that_captures_the_money_of_the_whole_order_is_found(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = confirmed(shop, RESERVE_FIRST)
    monkeypatch.setattr(capturing, "min", lambda _, capturable: capturable, raising=False)
    send(order, {1: 1})
    settle()
    assert NOT_PAID in found()


def test_a_shipment_that_leaves_without_its_capture_is_found(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = confirmed(shop, RESERVE_FIRST)
    monkeypatch.setattr(Ledger, "is_only_authorized", False)
    send(order, {1: 1})
    settle()
    monkeypatch.undo()
    assert NOT_PAID in found()


def test_a_voucher_that_is_given_back_while_its_backorder_stands_is_found(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher(limit=1)
    order = place_in_parts(
        customer=shop.customer,
        lines=[NewLine("MUG", 14)],
        payment_method="pm_card_visa",
        vouchers=["SPRING"],
    )
    settle()
    monkeypatch.setattr(vouchers, "_UNDONE", "SELECT unnest(%s::uuid[])")
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert MISCOUNTED in found()


def test_a_voucher_that_is_counted_without_its_limit_is_stopped_by_the_database(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    spring = voucher(limit=1)
    unlimited = vouchers._COUNT.replace('("limit" IS NULL OR used < "limit")', "true")  # noqa: SLF001 - the planted statement
    assert unlimited != vouchers._COUNT  # noqa: SLF001 - likewise
    monkeypatch.setattr(vouchers, "_COUNT", unlimited)

    first, second = (confirmed(shop, CHARGE_FIRST, units=1) for _ in range(2))
    with transaction.atomic():
        vouchers.use_vouchers(first, {"SPRING": spring.id})
    with pytest.raises(IntegrityError, match="orders_voucher_limit"), transaction.atomic():
        vouchers.use_vouchers(second, {"SPRING": spring.id})
