"""What orders tells the world."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from outbox.messages import Event

CHOREOGRAPHED: Final = "choreographed"
"""The flow in which contexts answer each other's events, and nobody coordinates them."""


class OrderedLine(msgspec.Struct, frozen=True):
    """A line of an order; ``amount`` is that of the whole line, in minor units.

    ``name`` is what the product was called; empty in what earlier code has published.
    """

    sku: str
    quantity: int
    amount: int
    name: str = ""


class OrderPlaced(Event, frozen=True):
    """A pending order exists. ``amount`` is its total in minor units of ``currency``.

    ``payment_method`` is the gateway's opaque token, never card data; ``country`` is the
    customer's, empty where it is not known.
    """

    order_id: UUID
    customer_id: UUID
    lines: tuple[OrderedLine, ...]
    amount: int
    currency: str
    payment_method: str
    placed_at: datetime
    country: str = ""


class OrderBackordered(Event, frozen=True):
    """An order waits for goods: it is placed, and paid for, when some of them are held for it.

    Fields are those of :class:`OrderPlaced`; what is placed may be less.

    :ivar backorder_of: the order that lacked these goods, if this one was split off from it.
    """

    order_id: UUID
    customer_id: UUID
    lines: tuple[OrderedLine, ...]
    amount: int
    currency: str
    placed_at: datetime
    country: str = ""
    backorder_of: UUID | None = None


class OrderConfirmed(Event, frozen=True):
    """Paid for and reserved: the order stands."""

    order_id: UUID
    confirmed_at: datetime


class OrderConfirmationRefused(Event, frozen=True):
    """The order was cancelled before it could be confirmed."""

    order_id: UUID
    reason_code: str


class OrderFulfilled(Event, frozen=True):
    """The goods have left for the customer."""

    order_id: UUID
    fulfilled_at: datetime


class OrderCancellationRequested(Event, frozen=True):
    """An order is to be undone; it is locked (``cancelling``) until that is proven.

    ``amount`` (minor units) and ``lines`` are what of it has not been returned; earlier code did
    not tell them.
    """

    order_id: UUID
    reason_code: str
    amount: int = 0
    currency: str = ""
    lines: tuple[OrderedLine, ...] = ()


class OrderCancelled(Event, frozen=True):
    """The order is over; nothing of it is charged or held."""

    order_id: UUID
    reason_code: str
    cancelled_at: datetime


class ReturnedLine(msgspec.Struct, frozen=True):
    """Units that come back, and the place of their line in the order."""

    number: int
    sku: str
    quantity: int


class OrderReturnRequested(Event, frozen=True):
    """Some of an order is to go back: ``amount`` of its money, and the goods of these lines.

    Without lines the customer keeps the goods. Earlier code did not say when it was requested.
    """

    order_id: UUID
    return_id: UUID
    amount: int
    currency: str
    lines: tuple[ReturnedLine, ...]
    requested_at: datetime | None = None


class OrderReturnCompleted(Event, frozen=True):
    """The money of a return is paid out and its goods are back."""

    order_id: UUID
    return_id: UUID
    amount: int
    completed_at: datetime
