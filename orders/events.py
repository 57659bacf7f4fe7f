"""What orders tells the world."""

from datetime import datetime
from uuid import UUID

import msgspec

from outbox.messages import Event


class OrderedLine(msgspec.Struct, frozen=True):
    """A line of an order; ``amount`` is that of the whole line, in minor units."""

    sku: str
    quantity: int
    amount: int


class OrderPlaced(Event, frozen=True):
    """A pending order exists. ``amount`` is its total in minor units of ``currency``.

    ``payment_method`` is the gateway's opaque token, never card data.
    """

    order_id: UUID
    customer_id: UUID
    customer_name: str
    lines: tuple[OrderedLine, ...]
    amount: int
    currency: str
    payment_method: str
    placed_at: datetime


class OrderConfirmed(Event, frozen=True):
    """Paid for and reserved: the order stands."""

    order_id: UUID
    confirmed_at: datetime


class OrderCancellationRequested(Event, frozen=True):
    """A confirmed order is to be undone; it is locked (``cancelling``) until that is proven."""

    order_id: UUID
    reason_code: str


class OrderCancelled(Event, frozen=True):
    """The order is over; nothing of it is charged or held."""

    order_id: UUID
    reason_code: str
    cancelled_at: datetime
