"""Price a whole order: its lines, its vouchers, and what the provider adds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from orders.models import Adjustment
from orders.pricing.consulting import extras_of
from orders.pricing.dividing import BelowNothing, Priced, priced
from orders.pricing.lines import NewLine, PricedLines, price_lines
from orders.pricing.provider import Basket, BasketLine, Extra, PriceUnknown
from orders.pricing.vouchers import taken_off
from outbox.kit.money import split


def price_as_agreed(lines: Sequence[NewLine], currency: str | None = None) -> tuple[Priced, str]:
    """Price lines alone: an order of another system has agreed on its price there.

    :returns: the order's lines, and its currency.
    :raises OrderRefused: as :func:`orders.pricing.lines.price_lines` does.
    """
    found = price_lines(lines, currency)
    return Priced(found.lines, ()), found.currency


def price_order(
    lines: Sequence[NewLine],
    *,
    customer_id: UUID,
    country: str,
    currency: str | None = None,
    vouchers: Sequence[str] = (),
) -> tuple[Priced, str]:
    """Price an order at list prices, with vouchers, shipping and taxes.

    :param country: where it is sent to.
    :param currency: that of its products when ``None``.
    :param vouchers: their codes.
    :returns: the order's lines and adjustments, and its currency.
    :raises VoucherRefused: a voucher does not exist, or not for this order.
    :raises VoucherUsedUp: as many orders as it allows use a voucher already.
    :raises PriceUnknown: the provider does not say what it costs.
    :raises OrderRefused: as :func:`orders.pricing.lines.price_lines` does, or such an order is not
        sold.
    """
    found = price_lines(lines, currency)
    goods = sum(line.amount for line in found.lines)
    off, used = taken_off(vouchers, goods=goods, currency=found.currency) if vouchers else ((), ())
    extras = extras_of(
        Basket(
            customer_id=customer_id,
            country=country,
            currency=found.currency,
            lines=_in_basket(found, sum(each.amount for each in off)),
            has_rates=found.has_rates,
        )
    )
    if not off and not extras:
        return Priced(found.lines, ()), found.currency
    adjustments = [*off, *_adjustments(extras, begin=len(off) + 1)]
    try:
        shared = priced(found.lines, adjustments)
    except BelowNothing as error:
        raise PriceUnknown("the provider takes off more than the order costs") from error
    return replace(shared, vouchers={each.code: each.pk for each in used}), found.currency


def _in_basket(found: PricedLines, off: int) -> tuple[BasketLine, ...]:
    """Return the lines as a provider sees them: what vouchers take off is shared among them."""
    shares = split(off, [line.amount for line in found.lines])
    return tuple(
        BasketLine(
            number=line.number,
            sku=line.sku,
            category=found.category_of[line.sku],
            quantity=line.quantity,
            amount=line.amount + share,
        )
        for line, share in zip(found.lines, shares, strict=True)
    )


def _adjustments(extras: Sequence[Extra], *, begin: int) -> Iterator[Adjustment]:
    for number, extra in enumerate(extras, start=begin):
        yield Adjustment(
            number=number,
            kind=extra.kind,
            line=extra.line,
            amount=extra.amount,
            included=extra.included,
            reason=extra.reason,
            rate=extra.rate,
            jurisdiction=extra.jurisdiction,
        )
