"""Convert amounts of money between integer minor units and decimals.

ISO 4217 says how many decimals a currency has. A gateway that differs converts in its own module.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from iso4217 import Currency

DECIMALS: Final[dict[str, int]] = {
    each.code: each.exponent for each in Currency if each.exponent is not None
}
"""By code; without metals, funds and test codes, which have no minor unit."""


class UnknownCurrency(ValueError):
    """ISO 4217 lists no such currency, or none with a minor unit."""


def decimals_of(currency: str) -> int:
    """Return the number of decimals of a currency.

    :raises UnknownCurrency: there is no such currency.
    """
    try:
        return DECIMALS[currency]
    except KeyError:
        raise UnknownCurrency(
            f"{currency!r} is no currency of ISO 4217: use one such as GBP"
        ) from None


def money(amount: int, currency: str) -> str:
    """Format minor units: ``12.34 GBP``.

    An amount in a currency that ISO 4217 no longer lists is shown unscaled, and says so.
    """
    if currency not in DECIMALS:
        return f"{amount:,} minor units of {currency}"
    return f"{plain(amount, currency, separator=',')} {currency}"


def plain(amount: int, currency: str, *, separator: str = "") -> str:
    """Format minor units for a form: ``1234.56``.

    :param separator: between thousands.
    """
    digits = decimals_of(currency)
    return f"{Decimal(amount).scaleb(-digits):{separator}.{digits}f}"


def minor_units(amount: Decimal, currency: str) -> int:
    """Return a decimal amount as minor units.

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
    """Return a decimal amount in minor units, including fractions of one."""
    return amount.scaleb(decimals_of(currency))


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights: the parts add up to it, each less than 1 from its exact part.

    A part exceeds its weight only if the amount exceeds the sum of the weights. Without any weight
    all parts weigh the same.

    :param amount: minor units; one below 0 is split like its opposite.
    :param weights: 0 or more each, and at least one.
    """
    if not any(weights):
        weights = [1] * len(weights)
    whole, passed, before = sum(weights), 0, 0
    parts = []
    for weight in weights:
        passed += weight
        reached = portion(amount, passed, whole)
        parts.append(reached - before)
        before = reached
    return parts


def portion(amount: int, part: int, whole: int) -> int:
    """Return what part of a whole has of an amount, rounded towards 0."""
    return (abs(amount) * part // whole) * (1 if amount >= 0 else -1)
