"""Convert prices of files into order lines in whole minor units."""

from decimal import ROUND_CEILING, Decimal

from orders.pricing import NewLine
from outbox.kit.money import rounded, scaled


def priced_line(
    *, sku: str, quantity: int, price: Decimal, currency: str, discount: Decimal = Decimal(0)
) -> NewLine:
    """Return a line whose amount is rounded half up, once, to whole minor units.

    A unit price with a fraction of a minor unit is rounded up; the excess becomes a discount of the
    line.

    :param discount: a fraction of the line, 0 to 1.
    """
    unit_price = int(scaled(price, currency).quantize(Decimal(1), ROUND_CEILING))
    amount = rounded(quantity * price * (1 - discount), currency)
    return NewLine(
        sku=sku, quantity=quantity, unit_price=unit_price, discount=quantity * unit_price - amount
    )


def amount_of(line: NewLine) -> int:
    """Return the amount of a line that has a price, in minor units."""
    return line.quantity * (line.unit_price or 0) - line.discount
