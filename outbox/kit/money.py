"""Amounts of money: whole minor units to us, decimals to people.

How many decimals a currency has is what ISO 4217 says, as published by its maintenance agency. What
a gateway counts otherwise is converted beside that gateway.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from iso4217 import Currency

DECIMALS: Final[dict[str, int]] = {
    each.code: each.exponent for each in Currency if each.exponent is not None
}
"""By code; metals, funds and codes for tests have no minor unit, and nothing is sold for them."""


class UnknownCurrency(ValueError):
    """ISO 4217 lists no such currency, or lists it without a minor unit: see how it is spelt."""


def decimals_of(currency: str) -> int:
    """Return how many decimals people write in a currency.

    :raises UnknownCurrency: there is no such currency.
    """
    try:
        return DECIMALS[currency]
    except KeyError:
        raise UnknownCurrency(
            f"{currency!r} is no currency of ISO 4217: use one such as GBP"
        ) from None


def money(amount: int, currency: str) -> str:
    """Return minor units as people write them: ``12.34 GBP``.

    A currency that has left the list since is shown with its amount unscaled, and says so.
    """
    if currency not in DECIMALS:
        return f"{amount:,} minor units of {currency}"
    return f"{plain(amount, currency, separator=',')} {currency}"


def plain(amount: int, currency: str, *, separator: str = "") -> str:
    """Return minor units as a form takes them: ``1234.56``.

    :param separator: between thousands.
    """
    digits = decimals_of(currency)
    return f"{Decimal(amount).scaleb(-digits):{separator}.{digits}f}"


def minor_units(amount: Decimal, currency: str) -> int:
    """Return what people write as minor units.

    :raises ValueError: it has more decimals than the currency.
    """
    units = scaled(amount, currency)
    if units != units.to_integral_value():
        raise ValueError(
            f"{amount} is no amount of {currency}, which has {decimals_of(currency)} decimals"
        )
    return int(units)


def rounded(amount: Decimal, currency: str) -> int:
    """Round an amount half up to whole minor units."""
    return int(scaled(amount, currency).quantize(Decimal(1), ROUND_HALF_UP))


def scaled(amount: Decimal, currency: str) -> Decimal:
    """Return an amount in minor units, with what it has of a fraction of one."""
    return amount.scaleb(decimals_of(currency))
