"""Quote what an order costs, and let one order take the quote."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from orders.models import Customer, Order, Quote
from orders.pricing import NewLine, OrderRefused, Priced, price_order
from orders.pricing.keeping import kept, restored
from outbox.kit.clock import database_now

_TAKE = """
UPDATE orders_quote SET order_id = %s
WHERE id = %s AND order_id IS NULL AND expires_at > statement_timestamp() RETURNING 1
"""


class QuoteUnknown(OrderRefused):
    """The customer has no such quote."""


class QuoteExpired(OrderRefused):
    """The quote was valid until a time that has passed."""


class QuoteUsed(OrderRefused):
    """An order has taken the quote already."""


class QuoteDiffers(OrderRefused):
    """The order is not what was quoted."""


def quote_order(
    *,
    customer: Customer,
    lines: Sequence[NewLine],
    vouchers: Sequence[str] = (),
    currency: str | None = None,
    country: str | None = None,
) -> Quote:
    """Price an order, and promise the price for ``QUOTE_MINUTES``. Goods and vouchers stay free.

    :param country: where it goes; the customer's country by default.
    :raises VoucherRefused: a voucher does not exist, or not for this order.
    :raises PriceUnknown: the price provider does not say what it costs.
    :raises OrderRefused: as :func:`orders.services.place_order` does.
    """
    country = country or customer.country
    priced, in_currency = price_order(
        lines,
        customer_id=customer.id,
        country=country,
        currency=currency,
        vouchers=vouchers,
    )
    now = database_now()
    kept_lines, kept_adjustments = kept(priced)
    return Quote.objects.create(
        customer=customer,
        country=country,
        currency=in_currency,
        amount=priced.amount,
        lines=kept_lines,
        adjustments=kept_adjustments,
        vouchers={code: str(voucher_id) for code, voucher_id in priced.vouchers.items()},
        made_at=now,
        expires_at=now + timedelta(minutes=settings.QUOTE_MINUTES),
    )


def quoted(  # noqa: PLR0913 - what an order says besides
    quote_id: UUID,
    *,
    customer: Customer,
    country: str,
    lines: Collection[NewLine] = (),
    vouchers: Sequence[str] | None = None,
    currency: str | None = None,
) -> tuple[Priced, str]:
    """Return what was quoted, and its currency; what the order says besides has to agree.

    :raises QuoteUnknown: the customer has no such quote.
    :raises QuoteUsed: an order has taken it already.
    :raises QuoteExpired: its time is over.
    :raises QuoteDiffers: the lines, vouchers, currency or country are others.
    """
    quote = Quote.objects.filter(pk=quote_id, customer=customer).first()
    if quote is None:
        raise QuoteUnknown(f"there is no quote {quote_id}: ask for one")
    _require_open(quote)
    same = (
        (not lines or _goods((each.sku, each.quantity) for each in lines) == _goods_of(quote))
        and (vouchers is None or {each.strip().upper() for each in vouchers} == set(quote.vouchers))
        and currency in {None, quote.currency}
        and country == quote.country
    )
    if not same:
        raise QuoteDiffers(f"quote {quote_id} is for another order: ask for one for this order")
    return restored(quote.lines, quote.adjustments, quote.vouchers), quote.currency


def use_quote(quote_id: UUID, order: Order) -> None:
    """Let an order take a quote, in the transaction that places it.

    :raises QuoteUsed: another order was faster.
    :raises QuoteExpired: its time is over.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [order.id, quote_id])
        if cursor.fetchone() is None:
            _require_open(Quote.objects.get(pk=quote_id))
            raise QuoteExpired(f"quote {quote_id} has just expired: ask for a new one")


def _require_open(quote: Quote) -> None:
    if quote.order_id is not None:
        raise QuoteUsed(f"quote {quote.id} was taken by order {quote.order_id}")
    if quote.expires_at <= database_now():
        raise QuoteExpired(f"quote {quote.id} has expired: ask for a new one")


def _goods_of(quote: Quote) -> Counter[str]:
    return _goods((line["sku"], line["quantity"]) for line in quote.lines)


def _goods(lines: Iterable[tuple[str, int]]) -> Counter[str]:
    goods = Counter[str]()
    for sku, quantity in lines:
        goods[sku] += quantity
    return goods
