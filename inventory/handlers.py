"""Commands to inventory, each one call of a service."""

from collections.abc import Sequence

from inventory import services
from inventory.commands import ReleaseInventory, ReserveInventory
from inventory.events import InventoryReleased, InventoryReservationFailed, InventoryReserved
from outbox.wiring import on_batch


@on_batch(
    ReserveInventory,
    publishes=[InventoryReserved, InventoryReservationFailed],
    shares_rows=True,
)
def reserve(commands: Sequence[ReserveInventory]) -> None:
    services.reserve_for_orders({command.order_id: command.lines for command in commands})


@on_batch(ReleaseInventory, publishes=[InventoryReleased], shares_rows=True)
def release(commands: Sequence[ReleaseInventory]) -> None:
    services.release_for_orders([command.order_id for command in commands])
