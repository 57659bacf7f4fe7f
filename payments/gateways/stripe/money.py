"""Convert between our minor units and Stripe's amounts, where they differ from ISO 4217.

Sources: docs.stripe.com/currencies, "Special cases" (ISK and UGX: two decimals, which are always
00) and "Zero-decimal currencies" (MGA, of which ISO 4217 counts hundredths).
"""

MORE_DECIMALS = {"ISK": 2, "UGX": 2, "MGA": -2}
"""Decimals of Stripe's amounts, less those of ISO 4217's minor units."""


class NotAtStripe(Exception):
    """Stripe cannot represent this amount: it has no such fractions of the currency."""


def to_stripe(amount: int, currency: str) -> int:
    """Return minor units as Stripe counts them.

    :raises NotAtStripe: it has a fraction that Stripe cannot move.
    """
    more = MORE_DECIMALS.get(currency.upper(), 0)
    if more >= 0:
        return int(amount * 10**more)
    whole, rest = divmod(amount, 10**-more)
    if rest:
        raise NotAtStripe(f"{amount} of {currency} has a fraction that Stripe cannot move")
    return int(whole)


def from_stripe(amount: int, currency: str) -> int:
    """Return an amount of Stripe's as minor units.

    :raises ValueError: it has a fraction that the currency does not have.
    """
    more = MORE_DECIMALS.get(currency.upper(), 0)
    if more <= 0:
        return int(amount * 10**-more)
    whole, rest = divmod(amount, 10**more)
    if rest:
        raise ValueError(f"Stripe says {amount} of {currency}, which has no such fraction")
    return int(whole)
