"""The interface of price providers: they say what an order costs beside its lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from orders.models import AdjustmentKind
from orders.pricing.lines import OrderRefused
from outbox.kit.named import OncePerName, connector_in


class PriceUnknown(OrderRefused):
    """What the order costs cannot be found out now: send it again later."""


class UnknownProvider(Exception):
    """No module of this name in ``orders.pricing.providers`` has ``connect()``."""


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
    lines: tuple[BasketLine, ...]
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
    connect = connector_in("orders.pricing.providers", name)
    if connect is None:
        raise UnknownProvider(f"{name}: no such provider in orders/pricing/providers")
    return connect


@OncePerName
def provider_named(name: str) -> PriceProvider:
    """Return the provider of a module in ``orders.pricing.providers``.

    :raises UnknownProvider: no module of that name has ``connect()``.
    """
    return connector(name)()
