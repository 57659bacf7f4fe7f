"""The interface of price providers, and what is checked of each answer.

A provider says what an order costs beside its lines. One that says nothing, too late or nonsense
refuses the order: it is never sold at another price.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from threading import BoundedSemaphore
from typing import Final, Protocol
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection

from orders.models import AdjustmentKind
from orders.pricing.lines import OrderRefused

log = structlog.get_logger()

CALLS_AT_ONCE: Final = 16
"""Calls to a provider outside, per process; more of them are refused at once."""

LARGEST: Final = 2**53 - 1
"""Minor units, as in the API."""

LONGEST: Final = {"reason": 200, "jurisdiction": 60}
"""Characters of texts, as their columns take."""

_seats = BoundedSemaphore(CALLS_AT_ONCE)
_threads = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="prices")


class PriceUnknown(OrderRefused):
    """What the order costs cannot be found out now: send it again later."""


class UnknownProvider(Exception):
    """No module of this name in ``orders.pricing.providers`` has ``connect()``."""


class PricedInTransaction(Exception):
    """A provider outside was to be called while a transaction was open."""


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A line as a provider sees it; ``amount`` is what its units cost after vouchers."""

    number: int
    sku: str
    category: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class Basket:
    """What is to be priced. Amounts are minor units of ``currency``.

    :ivar has_rates: whether the tables have any rate.
    """

    customer_id: UUID
    country: str
    currency: str
    lines: Sequence[BasketLine]
    has_rates: bool = False

    @property
    def amount(self) -> int:
        """What the lines cost together."""
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class Extra:
    """One amount beside the lines, as a provider states it.

    :ivar amount: minor units; below 0 if it is taken off.
    :ivar line: the number of the line it is about; the whole order without one.
    :ivar included: the amount is part of the prices already; for a tax only.
    :ivar rate: of a tax, in per cent with at most 3 decimals.
    :ivar jurisdiction: whose tax it is.
    """

    kind: AdjustmentKind
    amount: int
    reason: str
    line: int | None = None
    included: bool = False
    rate: Decimal | None = None
    jurisdiction: str = ""


class PriceProvider(Protocol):
    """Says what an order costs beside its lines and vouchers.

    :cvar outside: it calls another system. It then runs in a thread, outside any transaction, for
        ``PRICE_SECONDS`` at most; otherwise it may query the database, and is called directly.
    """

    outside: bool

    def extras(self, basket: Basket) -> Sequence[Extra]:
        """Return discounts, shipping and taxes, in the order in which they are shown.

        :raises OrderRefused: such an order is not sold, such as one to this country.
        """
        ...


def connector(name: str) -> Callable[[], PriceProvider]:
    """Return ``connect`` of a module in ``orders.pricing.providers``.

    :raises UnknownProvider: no module of that name has it.
    """
    address = f"orders.pricing.providers.{name}"
    is_module = name.isidentifier() and find_spec(address) is not None
    connect = getattr(import_module(address), "connect", None) if is_module else None
    if connect is None:
        raise UnknownProvider(f"{name}: no such provider in orders/pricing/providers")
    made: Callable[[], PriceProvider] = connect
    return made


@cache
def provider_named(name: str) -> PriceProvider:
    """Return the provider of a module in ``orders.pricing.providers``.

    :raises UnknownProvider: no module of that name has ``connect()``.
    """
    return connector(name)()


def extras_of(basket: Basket) -> Sequence[Extra]:
    """Ask the provider, and check what it says.

    :raises PriceUnknown: it says nothing, says it too late, or says nonsense.
    :raises OrderRefused: such an order is not sold.
    :raises PricedInTransaction: it is outside, and a transaction is open.
    """
    asked = provider_named(settings.PRICE_PROVIDER)
    if not asked.outside:
        return asked.extras(basket)
    if connection.in_atomic_block:
        raise PricedInTransaction("price the order before the transaction begins")
    try:
        extras = list(_answer(asked, basket))
        for extra in extras:
            _check(extra, basket)
    except OrderRefused:
        raise
    except Exception as error:
        log.warning("price_unknown", provider=settings.PRICE_PROVIDER, error=repr(error))
        raise PriceUnknown("what the order costs cannot be found out now: try later") from error
    return extras


def _answer(asked: PriceProvider, basket: Basket) -> Sequence[Extra]:
    """Return the answer, or give up on it; its thread may then still be busy, and keeps its seat.

    :raises TimeoutError: there is none in time, or no thread is free.
    """
    if not _seats.acquire(blocking=False):
        raise TimeoutError("no thread is free")
    called = _threads.submit(asked.extras, basket)
    called.add_done_callback(lambda _: _seats.release())
    return called.result(timeout=settings.PRICE_SECONDS)


def _check(extra: Extra, basket: Basket) -> None:
    """Check one amount.

    :raises ValueError: it is nonsense.
    """
    is_tax = extra.kind == AdjustmentKind.TAX
    numbers = {line.number for line in basket.lines}
    sound = (
        extra.kind in AdjustmentKind.values
        and extra.kind != AdjustmentKind.VOUCHER
        and type(extra.amount) is int
        and abs(extra.amount) <= LARGEST
        and (extra.line is None or extra.line in numbers)
        and (extra.rate is not None) == is_tax
        and bool(extra.jurisdiction) == is_tax
        and (is_tax or not extra.included)
        and (extra.amount >= 0 or not is_tax)
        and all(len(getattr(extra, name)) <= most for name, most in LONGEST.items())
    )
    if not sound or (extra.rate is not None and not 0 <= extra.rate <= 100):
        raise ValueError(f"nonsense: {extra}")
