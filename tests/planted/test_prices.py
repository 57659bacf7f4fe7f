"""Prices with bugs put in: the audit, or the rule's own test, has to show each of them."""

from collections.abc import Sequence

import pytest

from config.audit.findings import audit
from config.audit.invariant import Run
from orders.models import ShippingRate
from orders.pricing import consulting, dividing
from orders.services import vouchers
from testkit.delivering import settle
from testkit.shop import Shop, outcome
from tests.orders import test_price_provider, test_vouchers
from tests.orders.test_price_provider import Outside, says

__all__ = ["says"]


def found() -> list[str]:
    return [each.what for finding in audit(Run(own_book=True)) for each in finding.violations]


def test_parts_that_are_rounded_one_by_one_lose_a_penny(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rounded(amount: int, weights: Sequence[int]) -> list[int]:
        return [amount * weight // sum(weights) for weight in weights]

    monkeypatch.setattr(dividing, "split", rounded)
    ShippingRate.objects.create(country="", currency="GBP", amount=500)
    for sku in ("CUP", "BOWL"):
        shop.receive(sku, 1)
    shop.order({"MUG": 1, "CUP": 1, "BOWL": 1})
    settle()
    assert found() == ["an order is not the sum of its lines and adjustments"]


def test_a_voucher_that_is_counted_without_a_limit_is_used_too_often(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlimited = vouchers._COUNT.replace("WHERE holder.used <", "WHERE 0 <")  # noqa: SLF001 - the place of the fault
    monkeypatch.setattr(vouchers, "_COUNT", unlimited)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        test_vouchers.test_a_customer_uses_it_as_often_as_it_allows(shop)


def test_a_voucher_that_is_not_given_back_counts_a_cancelled_order(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vouchers, "_GIVE_BACK", "SELECT %(orders)s::text, %(now)s::text")
    test_vouchers.voucher()
    order = test_vouchers.buy(shop, "SPRING", units=11)
    settle()
    assert outcome(order) == ("cancelled", "out_of_stock")
    assert found() == ["a voucher counts other orders than those that use it"]


def test_a_provider_that_is_not_checked_sells_at_a_wrong_price(
    shop: Shop, says: test_price_provider.Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consulting, "_check", lambda *_: None)
    provider: Outside = says(test_price_provider.WRONG["far too much"])
    assert shop.order().amount > 2**60
    assert len(provider.asked) == 1
