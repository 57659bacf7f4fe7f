"""From prices as files have them to whole minor units."""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from orders.pricing import NewLine

MINOR_DIGITS = {
    "AUD": 2,
    "BRL": 2,
    "CAD": 2,
    "CHF": 2,
    "CNY": 2,
    "CZK": 2,
    "DKK": 2,
    "EUR": 2,
    "GBP": 2,
    "INR": 2,
    "JPY": 0,
    "KRW": 0,
    "KWD": 3,
    "MXN": 2,
    "NOK": 2,
    "NZD": 2,
    "PLN": 2,
    "SEK": 2,
    "SGD": 2,
    "USD": 2,
    "ZAR": 2,
}
"""Decimals of the minor unit of each currency we know. Source: ISO 4217."""


def minor_units(amount: Decimal, currency: str) -> int:
    """Round an amount half up to whole minor units."""
    return int(_scaled(amount, currency).quantize(Decimal(1), ROUND_HALF_UP))


def priced_line(
    *, sku: str, quantity: int, price: Decimal, currency: str, discount: Decimal = Decimal(0)
) -> NewLine:
    """Return a line whose amount is rounded half up, once, to whole minor units.

    A unit price with a fraction of a minor unit is rounded up, and what that is too much goes off
    the line again as discount.

    :param discount: a fraction of the line, 0 to 1.
    """
    unit_price = int(_scaled(price, currency).quantize(Decimal(1), ROUND_CEILING))
    amount = minor_units(quantity * price * (1 - discount), currency)
    return NewLine(
        sku=sku, quantity=quantity, unit_price=unit_price, discount=quantity * unit_price - amount
    )


def amount_of(line: NewLine) -> int:
    """Return what a line with a price of its own is worth, in minor units."""
    return line.quantity * (line.unit_price or 0) - line.discount


def shown(amount: int, currency: str) -> str:
    """Write minor units the way people read money: ``GBP 388,622.44``."""
    digits = MINOR_DIGITS[currency]
    return f"{currency} {Decimal(amount).scaleb(-digits):,.{digits}f}"


def _scaled(amount: Decimal, currency: str) -> Decimal:
    return amount.scaleb(MINOR_DIGITS[currency])
