"""Price a whole order: its lines, and what the provider adds."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from orders.models import Adjustment, OrderLine
from orders.pricing.dividing import BelowNothing, Priced, priced
from orders.pricing.lines import NewLine, PricedLines, price_lines
from orders.pricing.provider import Basket, BasketLine, Extra, PriceUnknown, extras_of


def price_as_agreed(lines: Sequence[NewLine], currency: str | None = None) -> tuple[Priced, str]:
    """Price lines alone: an order of another system has agreed on its price there.

    :returns: the order's lines, and its currency.
    :raises OrderRefused: as :func:`orders.pricing.lines.price_lines` does.
    """
    found = price_lines(lines, currency)
    return Priced(found.lines, ()), found.currency


def price_order(
    lines: Sequence[NewLine], *, customer_id: UUID, country: str, currency: str | None = None
) -> tuple[Priced, str]:
    """Price an order at list prices, with shipping and taxes.

    :param country: where it is sent to.
    :param currency: that of its products when ``None``.
    :returns: the order's lines and adjustments, and its currency.
    :raises PriceUnknown: the provider does not say what it costs.
    :raises OrderRefused: as :func:`orders.pricing.lines.price_lines` does, or such an order is not
        sold.
    """
    found = price_lines(lines, currency)
    extras = extras_of(
        Basket(
            customer_id=customer_id,
            country=country,
            currency=found.currency,
            lines=list(_in_basket(found, {})),
            has_rates=found.has_rates,
        )
    )
    if not extras:
        return Priced(found.lines, ()), found.currency
    return _adjusted(found.lines, extras), found.currency


def _in_basket(found: PricedLines, taken_off: Mapping[int, int]) -> Iterable[BasketLine]:
    for line in found.lines:
        yield BasketLine(
            number=line.number,
            sku=line.sku,
            category=found.category_of[line.sku],
            quantity=line.quantity,
            amount=line.amount + taken_off.get(line.number, 0),
        )


def _adjusted(lines: Sequence[OrderLine], extras: Sequence[Extra]) -> Priced:
    adjustments = [
        Adjustment(
            number=number,
            kind=extra.kind,
            line=extra.line,
            amount=extra.amount,
            included=extra.included,
            reason=extra.reason,
            rate=extra.rate,
            jurisdiction=extra.jurisdiction,
        )
        for number, extra in enumerate(extras, start=1)
    ]
    try:
        return priced(lines, adjustments)
    except BelowNothing as error:
        raise PriceUnknown("the provider takes off more than the order costs") from error
