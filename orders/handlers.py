"""Handle commands to orders, each by one call of a service."""

from collections.abc import Sequence

from orders import services
from orders.commands import (
    AwaitReturn,
    CancelOrder,
    CompleteDispatch,
    CompleteReturn,
    ConfirmOrder,
    FlagOrder,
    HoldBackShipment,
)
from orders.events import (
    OrderCancelled,
    OrderConfirmationRefused,
    OrderConfirmed,
    OrderFulfilled,
    OrderReturnAwaited,
    OrderReturnCompleted,
    OrderReturnGivenUp,
    OrderReturnReceived,
    ShipmentDispatched,
    ShipmentHeldBack,
)
from outbox.wiring import on, on_batch


@on_batch(ConfirmOrder, publishes=[OrderConfirmed, OrderConfirmationRefused])
def confirm(commands: Sequence[ConfirmOrder]) -> None:
    services.confirm_orders([command.order_id for command in commands])


@on_batch(CancelOrder, publishes=[OrderCancelled])
def cancel(commands: Sequence[CancelOrder]) -> None:
    services.cancel_orders({command.order_id: command.reason_code for command in commands})


@on(CompleteDispatch, publishes=[ShipmentDispatched, OrderFulfilled])
def complete_dispatch(command: CompleteDispatch) -> None:
    services.complete_dispatch(order_id=command.order_id, shipment_id=command.shipment_id)


@on(HoldBackShipment, publishes=[ShipmentHeldBack])
def hold_back_shipment(command: HoldBackShipment) -> None:
    services.hold_back_shipment(
        order_id=command.order_id,
        shipment_id=command.shipment_id,
        decline_code=command.decline_code,
    )


@on(AwaitReturn, publishes=[OrderReturnAwaited, OrderReturnReceived, OrderReturnGivenUp])
def await_return(command: AwaitReturn) -> None:
    services.await_return(order_id=command.order_id, return_id=command.return_id)


@on(CompleteReturn, publishes=[OrderReturnCompleted, OrderFulfilled])
def complete_return(command: CompleteReturn) -> None:
    services.complete_return(order_id=command.order_id, return_id=command.return_id)


@on(FlagOrder)
def flag(command: FlagOrder) -> None:
    services.flag_order(order_id=command.order_id, reason=command.reason)
