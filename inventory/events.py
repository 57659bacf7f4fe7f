"""What inventory tells the world."""

from uuid import UUID

import msgspec

from outbox.messages import Event


class ReservedLine(msgspec.Struct, frozen=True):
    """Units of one SKU that an order holds, or held."""

    sku: str
    quantity: int


class MissingLine(msgspec.Struct, frozen=True):
    """Units of one SKU that an order wanted, and what was available of it."""

    sku: str
    wanted: int
    available: int


class InventoryReserved(Event, frozen=True):
    """All lines of the order are reserved."""

    order_id: UUID
    reserved: tuple[ReservedLine, ...]


class InventoryReservationFailed(Event, frozen=True):
    """None of the order's lines is reserved, for lack of the missing ones."""

    order_id: UUID
    missing: tuple[MissingLine, ...]
    reason_code: str = "out_of_stock"


class InventoryReleased(Event, frozen=True):
    """The order holds nothing; what it held is available again."""

    order_id: UUID
    released: tuple[ReservedLine, ...]
