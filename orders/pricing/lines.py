"""Price the lines of an order, at the agreed price or the list price."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection

from orders.models import OrderLine
from outbox.kit.money import DECIMALS

# Every order runs this; the ORM takes several times as long to build it. It also tells whether the
# shop has any rates, so that an order of a shop without them needs no further statement.
_LIST_PRICES = """
SELECT sku, name, category, latest.unit_price, wanted.currency,
       EXISTS (SELECT FROM orders_shippingrate) OR EXISTS (SELECT FROM orders_taxrate)
FROM orders_product AS product
CROSS JOIN LATERAL (SELECT COALESCE(%s, product.currency) AS currency) AS wanted
LEFT JOIN LATERAL (
    SELECT unit_price FROM orders_productprice
    WHERE product_id = product.sku AND currency = wanted.currency
        AND since <= statement_timestamp()
    ORDER BY since DESC, id DESC LIMIT 1) AS latest ON true
WHERE for_sale AND sku = ANY(ARRAY(SELECT unnest(%s::text[])))
    AND (active_from IS NULL OR active_from <= statement_timestamp())
    AND (active_until IS NULL OR active_until > statement_timestamp())
"""


class OrderRefused(Exception):
    """An order cannot be placed as asked; the message says why."""


class UnknownSku(OrderRefused):
    """A line names a product that is not for sale.

    :ivar place: the line, counted from 0.
    """

    def __init__(self, sku: str, place: int) -> None:
        super().__init__(f"{sku} is not for sale: order one of the listed products")
        self.place = place


class NotPriced(OrderRefused):
    """A line names a product that has no price in the order's currency.

    :ivar place: the line, counted from 0.
    """

    def __init__(self, sku: str, currency: str, place: int) -> None:
        super().__init__(f"{sku} has no price in {currency!r}: order it in another currency")
        self.place = place


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be ordered.

    :ivar unit_price: the agreed price in minor units; the list price when ``None``.
    :ivar discount: minor units off the whole line.
    """

    sku: str
    quantity: int
    unit_price: int | None = None
    discount: int = 0


class PricedLines(NamedTuple):
    """Lines of an order, not saved yet.

    :ivar category_of: the categories of their products, by SKU.
    :ivar has_rates: whether the tables have any rate for shipping or tax.
    """

    lines: list[OrderLine]
    currency: str
    category_of: Mapping[str, str]
    has_rates: bool


def price_lines(lines: Sequence[NewLine], currency: str | None = None) -> PricedLines:
    """Price the lines of an order; adjustments come later.

    :param currency: the order's; that of its products when ``None``.
    :raises UnknownSku: a line names a product that is not for sale.
    :raises NotPriced: a line names a product that has no price in this currency.
    :raises OrderRefused: there are no lines, or they are not of one currency that is known.
    """
    product_of = _listed({line.sku for line in lines}, currency)
    priced = []
    for number, line in enumerate(lines, start=1):
        product = product_of.get(line.sku)
        if product is None:
            raise UnknownSku(line.sku, place=number - 1)
        price = product.unit_price if line.unit_price is None else line.unit_price
        if price is None:
            raise NotPriced(line.sku, product.currency, place=number - 1)
        amount = line.quantity * price - line.discount
        if line.quantity < 1 or amount < 0:
            raise OrderRefused(f"{line.sku}: quantity and amount must be positive")
        priced.append(
            OrderLine(
                number=number,
                sku=line.sku,
                name=product.name,
                quantity=line.quantity,
                unit_price=price,
                discount=line.discount,
                amount=amount,
            )
        )
    currencies = {product.currency for product in product_of.values()}
    if len(currencies) != 1:
        raise OrderRefused("an order needs lines, all of one currency: name the currency")
    currency = currencies.pop()
    if currency not in DECIMALS:
        raise OrderRefused(f"{currency!r} cannot be charged: it is no currency of ISO 4217")
    return PricedLines(
        priced,
        currency,
        category_of={sku: product.category for sku, product in product_of.items()},
        has_rates=any(product.has_rates for product in product_of.values()),
    )


class _Listed(NamedTuple):
    sku: str
    name: str
    category: str
    unit_price: int | None
    currency: str
    has_rates: bool


def _listed(skus: Collection[str], currency: str | None) -> dict[str, _Listed]:
    with connection.cursor() as cursor:
        cursor.execute(_LIST_PRICES, [currency, list(skus)])
        return {row[0]: _Listed(*row) for row in cursor.fetchall()}
