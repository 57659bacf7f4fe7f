"""React to events of other contexts in the choreographed flow."""

from collections.abc import Sequence

from inventory.events import InventoryReservationFailed
from orders.events import CHOREOGRAPHED, OrderPlaced
from outbox.wiring import on_batch
from payments import services
from payments.commands import AskAfterPayment, CallGateway, ChargePayment
from payments.events import (
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentCompleted,
    PaymentFailed,
    PaymentRefundDeclined,
    PaymentRefunded,
)


@on_batch(
    OrderPlaced,
    flow=CHOREOGRAPHED,
    publishes=[
        CallGateway,
        *(PaymentAcceptedByBank, PaymentActionRequired, PaymentCompleted, PaymentFailed),
    ],
)
def charge_what_is_placed(events: Sequence[OrderPlaced]) -> None:
    services.charge_orders(
        [
            ChargePayment(
                order_id=event.order_id,
                amount=event.amount,
                currency=event.currency,
                payment_method=event.payment_method,
            )
            for event in events
        ]
    )


@on_batch(
    InventoryReservationFailed,
    flow=CHOREOGRAPHED,
    publishes=[AskAfterPayment, CallGateway, PaymentRefundDeclined, PaymentRefunded],
)
def refund_what_is_not_in_stock(events: Sequence[InventoryReservationFailed]) -> None:
    services.refund_orders([event.order_id for event in events])
