"""Ask the price provider, and check each answer.

One that says nothing, too late or nonsense refuses the order: it is never sold at another price.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from threading import BoundedSemaphore
from typing import Final

import structlog
from django.conf import settings
from django.db import connection

from orders.models import AdjustmentKind
from orders.pricing.lines import OrderRefused
from orders.pricing.provider import (
    Basket,
    Extra,
    PriceProvider,
    PriceUnknown,
    provider_named,
)

log = structlog.get_logger()

CALLS_AT_ONCE: Final = 16
"""Calls to a provider outside, per process; more of them are refused at once."""

LARGEST: Final = 2**53 - 1
"""Minor units, as in the API."""

LONGEST: Final = {"reason": 200, "jurisdiction": 60}
"""Characters of texts, as their columns take."""

TRY_LATER: Final = "what the order costs cannot be found out now: try later"

_seats = BoundedSemaphore(CALLS_AT_ONCE)
_threads = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="prices")

Said = Sequence[Extra] | OrderRefused

_said: ContextVar[dict[Basket, Said] | None] = ContextVar("said", default=None)


class PricedInTransaction(Exception):
    """A provider outside was to be called while a transaction was open."""


@contextmanager
def remembered() -> Iterator[None]:
    """Remember what a provider outside says in the block.

    Price an order first, then open a transaction and price it again: it is not called again.
    """
    before = _said.set({})
    try:
        yield
    finally:
        _said.reset(before)


def calls_outside() -> bool:
    """Tell whether the provider calls another system."""
    return provider_named(settings.PRICE_PROVIDER).outside


def extras_of(basket: Basket) -> Sequence[Extra]:
    """Return what the provider says, checked.

    :raises PriceUnknown: it says nothing, says it too late, or says nonsense.
    :raises OrderRefused: such an order is not sold.
    :raises PricedInTransaction: it is outside, and a transaction is open.
    """
    asked = provider_named(settings.PRICE_PROVIDER)
    if not asked.outside:
        return asked.extras(basket)
    known = _said.get()
    if known is not None and basket in known:
        return _as_said(known[basket])
    if connection.in_atomic_block:
        if known:  # for another price: it has changed since
            raise PriceUnknown(TRY_LATER)
        raise PricedInTransaction("price the order before the transaction begins")
    said = _ask(asked, basket)
    if known is not None:
        known[basket] = said
    return _as_said(said)


def _as_said(said: Said) -> Sequence[Extra]:
    if isinstance(said, OrderRefused):
        raise said
    return said


def _ask(asked: PriceProvider, basket: Basket) -> Said:
    try:
        extras = list(_answer(asked, basket))
        for extra in extras:
            _check(extra, basket)
    except OrderRefused as refused:
        return refused
    except Exception as error:  # noqa: BLE001 - whatever goes wrong there, nothing is sold here
        log.warning("price_unknown", provider=settings.PRICE_PROVIDER, error=repr(error))
        return PriceUnknown(TRY_LATER)
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
