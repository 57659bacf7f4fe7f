"""React to events of other contexts: in the choreographed flow, and in all flows."""

from collections.abc import Sequence

from inventory.commands import AwaitInventory
from inventory.events import InventoryAllotted, InventoryReserved
from orders import services
from orders.events import (
    CHOREOGRAPHED,
    OrderBackordered,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
)
from orders.flows import RESERVE_FIRST
from orders.models import ReasonCode
from outbox.commands import AlertOperators
from outbox.kit.money import money
from outbox.wiring import on, on_batch
from payments.events import (
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentFailed,
    PaymentRefundDeclined,
    PaymentRefunded,
    PaymentUnresolved,
)


@on_batch(InventoryReserved, flow=CHOREOGRAPHED, publishes=[OrderConfirmed])
def confirm_what_is_paid_and_reserved(events: Sequence[InventoryReserved]) -> None:
    services.confirm_orders([event.order_id for event in events])


@on_batch(PaymentFailed, flow=CHOREOGRAPHED, publishes=[OrderCancelled])
def cancel_what_is_not_paid(events: Sequence[PaymentFailed]) -> None:
    services.cancel_pending_orders({event.order_id: event.reason_code for event in events})


@on_batch(PaymentRefunded, flow=CHOREOGRAPHED, publishes=[OrderCancelled])
def cancel_what_was_refunded_for_lack_of_stock(events: Sequence[PaymentRefunded]) -> None:
    services.cancel_pending_orders({event.order_id: ReasonCode.OUT_OF_STOCK for event in events})


@on(PaymentUnresolved, flow=CHOREOGRAPHED, publishes=[AlertOperators])
def flag_what_is_unresolved(event: PaymentUnresolved) -> None:
    reason = f"{event.operation}: the gateway has not reported the outcome"
    services.flag_pending_order(order_id=event.order_id, reason=reason)


@on(PaymentRefundDeclined, flow=CHOREOGRAPHED, publishes=[AlertOperators])
def flag_what_is_not_refunded(event: PaymentRefundDeclined) -> None:
    services.flag_pending_order(
        order_id=event.order_id,
        reason=f"{money(event.amount, event.currency)} does not go back: {event.decline_code}",
    )


@on_batch(PaymentActionRequired)
def wait_for_the_customer(events: Sequence[PaymentActionRequired]) -> None:
    services.await_payments({event.order_id: event.until for event in events})


@on_batch(PaymentAcceptedByBank)
def wait_for_the_bank(events: Sequence[PaymentAcceptedByBank]) -> None:
    services.await_payments({event.order_id: event.until for event in events})


@on_batch(InventoryAllotted, publishes=[OrderPlaced])
def place_what_is_held(events: Sequence[InventoryAllotted]) -> None:
    services.place_what_is_held({event.order_id: event.held for event in events})


@on_batch(OrderConfirmed, flow=RESERVE_FIRST, publishes=[OrderBackordered, AwaitInventory])
def await_what_is_missing(events: Sequence[OrderConfirmed]) -> None:
    services.await_what_is_missing([event.order_id for event in events])
