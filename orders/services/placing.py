"""Record a new order and announce it; its flow continues from there."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NotRequired, TypeAlias, TypedDict, Unpack
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from inventory.commands import AwaitInventory
from orders.events import OrderBackordered, OrderPlaced
from orders.flows import FLOWS, RESERVE_FIRST
from orders.models import Customer, Order, OrderAddress, OrderStatus
from orders.models.numbers import new_number
from orders.models.orders import NUMBER_TAKEN
from orders.pricing import NewLine, OrderRefused, Priced, price_order
from orders.services.addresses import AddressChoice, country_of, frozen
from orders.services.announcements import announce_backordered, announce_placed
from orders.services.quotes import quoted, use_quote
from orders.services.vouchers import use_vouchers
from outbox.kit.rows import bulk
from outbox.kit.rows.pipelining import in_one_trip
from outbox.wiring import publishes


class UnknownFlow(OrderRefused):
    """No flow has this name."""


class TotalDiffers(OrderRefused):
    """The order does not cost what the caller expected."""


class NotInParts(OrderRefused):
    """A partial order names a flow that takes money before it holds goods."""


class Wanted(TypedDict):
    """What every new order states.

    ``payment_method`` is the gateway's token. ``flow`` is the setting ``ORDER_FLOW`` by default,
    and ``reserve_first`` for a partial order. ``currency`` is that of the products by default.
    ``expected_total`` is in minor units. ``vouchers`` are codes. With a ``quote_id`` the price is
    the quote's, and lines may be left empty. The country of the delivery address is the
    order's; the customer's if there is none.
    """

    customer: Customer
    lines: Sequence[NewLine]
    payment_method: str
    flow: NotRequired[str | None]
    currency: NotRequired[str | None]
    expected_total: NotRequired[int | None]
    vouchers: NotRequired[Sequence[str] | None]
    quote_id: NotRequired[UUID | None]
    delivery_address: NotRequired[AddressChoice | None]
    billing_address: NotRequired[AddressChoice | None]


Pricing: TypeAlias = Callable[[Wanted, str], tuple[Priced, str]]
"""Prices an order that is wanted for a country; returns its currency too."""


@publishes(OrderPlaced)
def place_order(*, reference: str | None = None, **wanted: Unpack[Wanted]) -> Order:
    """Record a pending order and announce it.

    :param reference: the caller's own number; if an order has it already, that one is returned.
    :raises OrderAddressRefused: an address is not the customer's, or cannot be right.
    :raises TotalDiffers: the order does not cost ``expected_total``.
    :raises VoucherRefused: a voucher does not exist, or not for this order.
    :raises VoucherUsedUp: as many orders as it allows use a voucher already.
    :raises QuoteUnknown: the customer has no such quote.
    :raises QuoteUsed: an order has taken the quote already.
    :raises QuoteExpired: the quote's time is over.
    :raises QuoteDiffers: the order is not what was quoted.
    :raises UnknownFlow: no flow has this name.
    :raises UnknownSku: a line names a product that is not for sale.
    :raises NotPriced: a line names a product that has no price in the order's currency.
    :raises PriceUnknown: the price provider does not say what it costs.
    :raises OrderRefused: there are no lines, or they are not of one currency.
    """
    return place_priced(wanted, _price, placed_at=timezone.now(), reference=reference)


def place_priced(
    wanted: Wanted, price: Pricing, *, placed_at: datetime, reference: str | None
) -> Order:
    """Do what :func:`place_order` does, with a given time and way to price the order."""
    flow = wanted.get("flow") or settings.ORDER_FLOW
    order, priced, addresses = _draft(
        wanted,
        price,
        flow=flow,
        reference=reference,
        placed_at=placed_at,
        status=OrderStatus.PENDING,
        payment_method="",
    )
    announce = partial(announce_placed, payment_method=wanted["payment_method"])
    return _record(order, priced, addresses, wanted, announce)


@publishes(OrderBackordered, AwaitInventory)
def place_in_parts(*, reference: str | None = None, **wanted: Unpack[Wanted]) -> Order:
    """Record an order that is sent in parts: what is in stock first, the rest when it comes.

    The order waits until some of its goods are held. It is then placed with these, and the rest
    becomes an order of its own.

    :raises NotInParts: the flow does not hold goods before it takes money.
    :raises OrderRefused: as :func:`place_order` does.
    """
    flow = wanted.get("flow") or RESERVE_FIRST
    if flow in FLOWS and flow != RESERVE_FIRST:
        raise NotInParts(
            f"{flow} takes money before it holds goods: a partial order takes {RESERVE_FIRST}"
        )
    order, priced, addresses = _draft(
        wanted,
        _price,
        flow=flow,
        reference=reference,
        placed_at=timezone.now(),
        partial=True,
        status=OrderStatus.WAITING,
        payment_method=wanted["payment_method"],
    )
    return _record(order, priced, addresses, wanted, announce_backordered)


def _price(wanted: Wanted, country: str) -> tuple[Priced, str]:
    customer, vouchers = wanted["customer"], wanted.get("vouchers")
    if (quote_id := wanted.get("quote_id")) is not None:
        return quoted(
            quote_id,
            customer=customer,
            country=country,
            lines=wanted["lines"],
            vouchers=vouchers,
            currency=wanted.get("currency"),
        )
    return price_order(
        wanted["lines"],
        customer_id=wanted["customer"].id,
        country=country,
        currency=wanted.get("currency"),
        vouchers=vouchers or (),
    )


def _spend(order: Order, priced: Priced, wanted: Wanted) -> None:
    """Let the order take its quote and vouchers: last, since other orders wait for their rows."""
    if (quote_id := wanted.get("quote_id")) is not None:
        use_quote(quote_id, order)
    if priced.vouchers:
        use_vouchers(order, priced.vouchers)


def _draft(
    wanted: Wanted, price: Pricing, *, flow: str, **columns: Any
) -> tuple[Order, Priced, list[OrderAddress]]:
    """Price an order and its lines, and freeze its addresses; nothing is saved."""
    if flow not in FLOWS:
        raise UnknownFlow(f"{flow} is no flow: choose one of {', '.join(sorted(FLOWS))}")
    customer = wanted["customer"]
    addresses = frozen(customer, wanted)
    country = country_of(addresses) or customer.country
    priced, currency = price(wanted, country)
    amount, expected = priced.amount, wanted.get("expected_total")
    if expected not in {None, amount}:
        raise TotalDiffers(f"the order costs {amount}, and {expected} was expected")
    order = Order(
        customer=customer,
        flow=flow,
        amount=amount,
        currency=currency,
        country=country,
        uses_vouchers=bool(priced.vouchers),
        language=customer.language,
        **columns,
    )
    priced.belong_to(order)
    for address in addresses:
        address.order = order
    return order, priced, addresses


def _record(
    order: Order,
    priced: Priced,
    addresses: Sequence[OrderAddress],
    wanted: Wanted,
    announce: Callable[[Order, Priced], None],
) -> Order:
    """Insert an order and announce it; return the one that has its reference already, if one does.

    If its number is taken, it gets another.
    """
    while True:
        try:
            with in_one_trip():
                if earlier := _insert_unless_known(order, priced, addresses):
                    return earlier
                announce(order, priced)
                _spend(order, priced, wanted)
        except IntegrityError as error:
            if NUMBER_TAKEN not in str(error):
                raise
            order.number = new_number()
        else:
            return order


def _insert_unless_known(
    order: Order, priced: Priced, addresses: Sequence[OrderAddress]
) -> Order | None:
    """Insert an order under its reference; return the one that has it already, if one does."""
    parts = priced.lines, priced.adjustments, addresses
    rows = [bulk.insertion(each) for each in parts]
    if order.reference is None:
        bulk.write(bulk.insertion([order]), *rows)
        return None
    Order.objects.bulk_create([order], ignore_conflicts=True)
    known = Order.objects.filter(reference=order.reference).first()
    if known is None:
        raise IntegrityError(NUMBER_TAKEN)
    if known.pk != order.pk:
        return known
    bulk.write(*rows)
    return None
