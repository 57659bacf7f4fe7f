"""What inventory can be asked."""

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


class ReleaseInventory(Command, frozen=True):
    """Ensure that the order holds nothing, now or later."""

    order_id: UUID
