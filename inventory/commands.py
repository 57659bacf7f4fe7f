"""Commands to inventory."""

from datetime import datetime
from uuid import UUID

import msgspec

from outbox.messages import Command


class WantedLine(msgspec.Struct, frozen=True):
    """Units of one SKU."""

    sku: str
    quantity: int


class ReserveInventory(Command, frozen=True):
    """Reserve all lines for the order, or none."""

    order_id: UUID
    lines: tuple[WantedLine, ...]


class HoldInventory(Command, frozen=True):
    """Hold all lines for the order for a time, or none; limited per customer while unpaid."""

    order_id: UUID
    lines: tuple[WantedLine, ...]
    customer_id: UUID | None = None


class AwaitInventory(Command, frozen=True):
    """Hold what is available of these lines for the order, as soon as some is.

    :ivar since: when the order was placed; the oldest is served first.
    """

    order_id: UUID
    customer_id: UUID
    lines: tuple[WantedLine, ...]
    since: datetime


class CommitInventory(Command, frozen=True):
    """Turn the order's hold into a reservation; refused if the hold has expired."""

    order_id: UUID


class ReleaseInventory(Command, frozen=True):
    """Ensure that the order holds nothing, now and later."""

    order_id: UUID


class ConsumeInventory(Command, frozen=True):
    """Remove the goods of a shipment from stock, once; the order holds them."""

    order_id: UUID
    shipment_id: UUID
    lines: tuple[WantedLine, ...]


class RestockInventory(Command, frozen=True):
    """Restock the goods of a return, once.

    :ivar closes: the goods have not left, although others of the order have.
    :ivar written_off: units of ``lines`` that are written off at once.
    """

    order_id: UUID
    return_id: UUID
    lines: tuple[WantedLine, ...]
    closes: bool = False
    written_off: tuple[WantedLine, ...] = ()
