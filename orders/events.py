"""Events of orders."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from outbox.messages import Event

CHOREOGRAPHED: Final = "choreographed"
"""The flow in which contexts react to each other's events, without a saga."""


class OrderedLine(msgspec.Struct, frozen=True):
    """A line of an order; ``amount`` is that of the whole line, in minor units.

    ``name`` is the product's name then; empty in messages of earlier code.
    """

    sku: str
    quantity: int
    amount: int
    name: str = ""


class OrderAdjustment(msgspec.Struct, frozen=True):
    """An amount that an order costs beside its lines, or less; in minor units.

    ``line`` is the number of the line it is about; without one it is about the whole order. One
    that is ``included`` is part of the prices already: it adds nothing. A tax states its ``rate``
    in per cent, with 3 decimals, and whose tax it is.
    """

    kind: str
    amount: int
    reason: str
    line: int | None = None
    included: bool = False
    rate: str | None = None
    jurisdiction: str = ""


class OrderPlaced(Event, frozen=True):
    """A pending order exists. ``amount`` is its total in minor units of ``currency``.

    The total is what the customer pays: the lines and the adjustments.

    ``payment_method`` is the gateway's opaque token, never card data; ``country`` is the
    customer's, empty where it is not known. ``number`` is what people call the order; empty in
    messages of earlier code.

    :ivar keeps_method: missing goods will be charged later with this payment method.
    :ivar method_of: the order with whose payment the method was saved; the customer is not present.
    """

    order_id: UUID
    customer_id: UUID
    lines: tuple[OrderedLine, ...]
    amount: int
    currency: str
    payment_method: str
    placed_at: datetime
    country: str = ""
    adjustments: tuple[OrderAdjustment, ...] = ()
    number: str = ""
    keeps_method: bool = False
    method_of: UUID | None = None


class OrderBackordered(Event, frozen=True):
    """An order waits for goods: it is placed when some of them are held for it.

    Fields are those of :class:`OrderPlaced`; the placed order may be smaller than it.
    """

    order_id: UUID
    customer_id: UUID
    lines: tuple[OrderedLine, ...]
    amount: int
    currency: str
    placed_at: datetime
    country: str = ""
    backorder_of: UUID | None = None  # the order that lacked these goods
    adjustments: tuple[OrderAdjustment, ...] = ()
    number: str = ""


class EmailConfirmationRequested(Event, frozen=True):
    """An e-mail address has to be confirmed; the row of the confirmation says which."""

    confirmation_id: UUID


class OrderConfirmed(Event, frozen=True):
    """The order is confirmed: its goods are reserved, its payment is made or authorized."""

    order_id: UUID
    confirmed_at: datetime


class OrderConfirmationRefused(Event, frozen=True):
    """The order was cancelled before it could be confirmed."""

    order_id: UUID
    reason_code: str


class ShippedLine(msgspec.Struct, frozen=True):
    """Units of a line in a shipment, and the line's number in the order."""

    number: int
    sku: str
    quantity: int


class ShipmentDispatchRequested(Event, frozen=True):
    """A packed shipment, worth ``amount``, is to leave; nothing is left to send after the last."""

    order_id: UUID
    shipment_id: UUID
    lines: tuple[ShippedLine, ...]
    amount: int
    currency: str
    is_last: bool


class ShipmentDispatched(Event, frozen=True):
    """A shipment, worth ``amount``, has left; ``carrier`` and ``tracking`` may be empty."""

    order_id: UUID
    shipment_id: UUID
    lines: tuple[ShippedLine, ...]
    amount: int
    carrier: str
    tracking: str
    dispatched_at: datetime


class ShipmentHeldBack(Event, frozen=True):
    """A shipment does not leave: its amount could not be captured, for the gateway's reason."""

    order_id: UUID
    shipment_id: UUID
    decline_code: str


class OrderFulfilled(Event, frozen=True):
    """All that will be sent of the order has left."""

    order_id: UUID
    fulfilled_at: datetime


class OrderCancellationRequested(Event, frozen=True):
    """An order is to be cancelled; it is locked (``cancelling``) until that has happened.

    ``amount`` (minor units) and ``lines`` are what has not been returned; messages of earlier code
    lack them.
    """

    order_id: UUID
    reason_code: str
    amount: int = 0
    currency: str = ""
    lines: tuple[OrderedLine, ...] = ()


class OrderCancelled(Event, frozen=True):
    """The order has ended without a charge and without goods."""

    order_id: UUID
    reason_code: str
    cancelled_at: datetime


class ReturnedLine(msgspec.Struct, frozen=True):
    """Returned units, and the number of their line in the order."""

    number: int
    sku: str
    quantity: int


class OrderReturnRequested(Event, frozen=True):
    """``amount`` is to be refunded, and the goods of these lines taken back.

    Without lines the customer keeps the goods. Messages of earlier code lack ``requested_at``.

    Of ``amount``, ``not_taken`` is never captured. One that ``closes`` leaves nothing to be sent.
    """

    order_id: UUID
    return_id: UUID
    amount: int
    currency: str
    lines: tuple[ReturnedLine, ...]
    requested_at: datetime | None = None
    not_taken: int = 0
    closes: bool = False


class OrderReturnExpected(Event, frozen=True):
    """Units that had left are to come back, until ``until``; nothing is refunded before they do.

    :ivar worth: what they would be refunded at now, in minor units.
    """

    order_id: UUID
    return_id: UUID
    expected: tuple[ReturnedLine, ...]
    worth: int
    currency: str
    until: datetime
    requested_at: datetime


class OrderReturnAwaited(Event, frozen=True):
    """The goods of an expected return have not come yet; they may until ``until``."""

    order_id: UUID
    return_id: UUID
    until: datetime


class OrderReturnReceived(Event, frozen=True):
    """Goods of an expected return are back: ``amount`` is to be refunded for these lines.

    :ivar written_off: those of their units that are not for sale again.
    """

    order_id: UUID
    return_id: UUID
    amount: int
    currency: str
    lines: tuple[ReturnedLine, ...]
    written_off: tuple[ReturnedLine, ...]
    received_at: datetime


class OrderReturnGivenUp(Event, frozen=True):
    """No goods of an expected return come: it was withdrawn, or its time is over."""

    order_id: UUID
    return_id: UUID
    reason: str
    given_up_at: datetime


class OrderReturnCompleted(Event, frozen=True):
    """A return is refunded and its goods are back."""

    order_id: UUID
    return_id: UUID
    amount: int
    completed_at: datetime
