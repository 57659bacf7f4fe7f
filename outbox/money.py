"""Minor units as people write them."""

from decimal import Decimal

DECIMALS = {"BHD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "OMR": 3, "TND": 3, "VND": 0}
"""Currencies of other than two decimals, as far as we expect to meet them (ISO 4217)."""


def money(amount: int, currency: str) -> str:
    """Return minor units as people write them: ``12.34 GBP``."""
    decimals = DECIMALS.get(currency, 2)
    sign, digits = "-" if amount < 0 else "", f"{abs(amount):0{decimals + 1}}"
    whole = f"{int(digits[: len(digits) - decimals]):,}"
    return f"{sign}{whole}{'.' if decimals else ''}{digits[len(digits) - decimals :]} {currency}"


def minor_units(amount: Decimal, currency: str) -> int:
    """Return what people write as minor units.

    :raises ValueError: it has more decimals than the currency.
    """
    decimals = DECIMALS.get(currency, 2)
    units = amount.scaleb(decimals)
    if units != units.to_integral_value():
        raise ValueError(f"{amount} is no amount of {currency}, which has {decimals} decimals")
    return int(units)
