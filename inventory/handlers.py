"""Handle commands to inventory, each by one call of a service."""

from collections.abc import Sequence
from typing import Any

from inventory import services
from inventory.commands import (
    AwaitInventory,
    CommitInventory,
    ConsumeInventory,
    HoldInventory,
    ReleaseInventory,
    ReserveInventory,
    RestockInventory,
)
from inventory.events import (
    InventoryConsumed,
    InventoryHeld,
    InventoryReleased,
    InventoryReservationFailed,
    InventoryReserved,
    InventoryRestocked,
)
from outbox.wiring import locks_shared, on_batch


@locks_shared
def lock_goods(messages: Sequence[Any]) -> None:
    """Lock what orders hold and ask for, when a batch has several types of commands."""
    holds = [message for message in messages if isinstance(message, HoldInventory)]
    services.lock_customers([hold.customer_id for hold in holds if hold.customer_id])
    services.lock_goods(
        order_ids=[message.order_id for message in messages],
        skus=[line.sku for message in messages for line in getattr(message, "lines", ())],
    )


@on_batch(
    ReserveInventory,
    publishes=[InventoryReserved, InventoryReservationFailed],
    shares_rows=True,
)
def reserve(commands: Sequence[ReserveInventory]) -> None:
    services.reserve_for_orders({command.order_id: command.lines for command in commands})


@on_batch(HoldInventory, publishes=[InventoryHeld, InventoryReservationFailed], shares_rows=True)
def hold(commands: Sequence[HoldInventory]) -> None:
    services.hold_for_orders(
        {command.order_id: command.lines for command in commands},
        customer_of={
            command.order_id: command.customer_id for command in commands if command.customer_id
        },
    )


@on_batch(AwaitInventory, shares_rows=True)
def await_goods(commands: Sequence[AwaitInventory]) -> None:
    services.await_goods(commands)


@on_batch(
    CommitInventory,
    publishes=[InventoryReserved, InventoryReservationFailed],
    shares_rows=True,
)
def commit(commands: Sequence[CommitInventory]) -> None:
    services.commit_for_orders([command.order_id for command in commands])


@on_batch(ReleaseInventory, publishes=[InventoryReleased], shares_rows=True)
def release(commands: Sequence[ReleaseInventory]) -> None:
    services.release_for_orders([command.order_id for command in commands])


@on_batch(ConsumeInventory, publishes=[InventoryConsumed], shares_rows=True)
def consume(commands: Sequence[ConsumeInventory]) -> None:
    services.consume_shipments(commands)


@on_batch(RestockInventory, publishes=[InventoryRestocked], shares_rows=True)
def restock(commands: Sequence[RestockInventory]) -> None:
    services.restock_returns(commands)
