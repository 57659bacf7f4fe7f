"""What inventory can be asked."""

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
    """Keep all lines for the order for a while, or none; a customer may hold so much unpaid."""

    order_id: UUID
    lines: tuple[WantedLine, ...]
    customer_id: UUID | None = None


class AwaitInventory(Command, frozen=True):
    """Keep what there is of these lines for the order as soon as there is some.

    :ivar since: the age of the order: the oldest is served first.
    """

    order_id: UUID
    customer_id: UUID
    lines: tuple[WantedLine, ...]
    since: datetime


class CommitInventory(Command, frozen=True):
    """Make what the order holds its own; refused when the hold has expired."""

    order_id: UUID


class ReleaseInventory(Command, frozen=True):
    """Ensure that the order holds nothing, now or later."""

    order_id: UUID


class RestockInventory(Command, frozen=True):
    """Take back the goods of one return, once."""

    order_id: UUID
    return_id: UUID
    lines: tuple[WantedLine, ...]
