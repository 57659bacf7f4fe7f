"""Events of inventory."""

from datetime import datetime
from uuid import UUID

import msgspec

from outbox.messages import Event


class ReservedLine(msgspec.Struct, frozen=True):
    """Units of one SKU that an order holds, or held."""

    sku: str
    quantity: int


class MissingLine(msgspec.Struct, frozen=True):
    """Units of one SKU that an order wanted, and how many were available."""

    sku: str
    wanted: int
    available: int


class MovedUnits(msgspec.Struct, frozen=True):
    """Units of one SKU by which a booking changed what is on hand and what is reserved."""

    sku: str
    on_hand: int
    reserved: int


class StockMoved(Event, frozen=True):
    """A booking changed stock: units came or left, or orders hold more or fewer of them.

    A booking has a conversation of its own: it may concern many orders, or none.
    """

    moves: tuple[MovedUnits, ...]


class InventoryHeld(Event, frozen=True):
    """All lines of the order are held until ``expires_at``."""

    order_id: UUID
    held: tuple[ReservedLine, ...]
    expires_at: datetime


class InventoryAllotted(Event, frozen=True):
    """Some or all of what the order waited for is held; it no longer waits for the rest."""

    order_id: UUID
    held: tuple[ReservedLine, ...]


class InventoryReserved(Event, frozen=True):
    """All lines of the order are reserved."""

    order_id: UUID
    reserved: tuple[ReservedLine, ...]


class InventoryReservationFailed(Event, frozen=True):
    """Nothing is reserved for the order; ``missing`` lists what was not available."""

    order_id: UUID
    missing: tuple[MissingLine, ...]
    reason_code: str = "out_of_stock"


class InventoryReleased(Event, frozen=True):
    """The order holds nothing; ``released`` is available again."""

    order_id: UUID
    released: tuple[ReservedLine, ...]


class InventoryConsumed(Event, frozen=True):
    """The goods of a shipment are out of stock."""

    order_id: UUID
    shipment_id: UUID
    consumed: tuple[ReservedLine, ...]


class InventoryRestocked(Event, frozen=True):
    """The goods of a return are available again, except those that were written off."""

    order_id: UUID
    return_id: UUID
    restocked: tuple[ReservedLine, ...]
    written_off: tuple[ReservedLine, ...] = ()
