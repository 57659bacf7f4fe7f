"""Shipping and tax from the tables that staff keep; prices include tax or not, as a setting says.

Countries and categories without a row of their own take the row without a name. Without that an
order is not shipped to a country that has no rate, and no tax is due.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.conf import settings
from django.db.models import Q

from orders.models import AdjustmentKind, ShippingRate, TaxRate
from orders.models.rates import ELSEWHERE
from orders.pricing.lines import OrderRefused
from orders.pricing.provider import Basket, Extra

SHIPPING: Final = "shipping"
"""The category whose tax is due on shipping; the one for all other categories without it."""


class NotShippedThere(OrderRefused):
    """No rate says what shipping to a country costs."""


class Tables:
    """Reads the rates of a country; none where the shop keeps none."""

    outside = False

    def extras(self, basket: Basket) -> Sequence[Extra]:
        """Return what shipping costs, and the tax on it and on each line.

        :raises NotShippedThere: there are shipping rates, but none for the country and currency.
        """
        if not basket.has_rates:
            return ()
        shipping = _shipping(basket)
        return [*shipping, *_taxes(basket, sum(each.amount for each in shipping))]


def connect() -> Tables:
    """Return the provider; the setting ``PRICE_PROVIDER=tables`` leads here."""
    return Tables()


def _shipping(basket: Basket) -> list[Extra]:
    rates = list(ShippingRate.objects.filter(_for(basket.country)).order_by("-country"))
    rate = next((each for each in rates if each.currency == basket.currency), None)
    if rate is None:
        if rates or ShippingRate.objects.exists():
            raise NotShippedThere(f"nothing is shipped to {basket.country or 'an unknown country'}")
        return []
    is_free = rate.free_from is not None and basket.amount >= rate.free_from
    return [
        Extra(
            AdjustmentKind.SHIPPING,
            0 if is_free else rate.amount,
            f"shipping to {basket.country}" if basket.country else "shipping",
        )
    ]


def _taxes(basket: Basket, shipping: int) -> Iterator[Extra]:
    rate_of = _rates(basket.country)
    for line in basket.lines:
        yield from _tax(rate_of, line.category, line.amount, line=line.number)
    if shipping:
        yield from _tax(rate_of, SHIPPING, shipping, line=None)


def _rates(country: str) -> Mapping[str, TaxRate]:
    """Return the rates of a country by category; its own come before those of elsewhere."""
    rates = TaxRate.objects.filter(_for(country)).order_by("country")
    own = [rate for rate in rates if rate.country == country]
    return {rate.category: rate for rate in own or rates}


def _tax(
    rate_of: Mapping[str, TaxRate], category: str, amount: int, *, line: int | None
) -> Iterator[Extra]:
    rate = rate_of.get(category) or rate_of.get("")
    if rate is not None:
        included = settings.PRICES_INCLUDE_TAX
        base = 100 + rate.percent if included else Decimal(100)
        yield Extra(
            AdjustmentKind.TAX,
            int((amount * rate.percent / base).quantize(Decimal(1), ROUND_HALF_UP)),
            f"{rate.percent.normalize():f} % {rate.category or 'tax'}",
            line=line,
            included=included,
            rate=rate.percent,
            jurisdiction=rate.jurisdiction,
        )


def _for(country: str) -> Q:
    return Q(country=country) | Q(country=ELSEWHERE)
