"""React to events of other contexts: in the choreographed flow, and in all flows."""

from collections.abc import Sequence

from inventory import services
from inventory.commands import WantedLine
from inventory.events import InventoryReservationFailed, InventoryReserved
from orders.events import CHOREOGRAPHED, OrderPlaced
from outbox.wiring import on_batch
from payments.events import (
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentCompleted,
    PaymentFailed,
    PaymentUnknown,
)


@on_batch(OrderPlaced, flow=CHOREOGRAPHED, shares_rows=True)
def note_what_is_wanted(events: Sequence[OrderPlaced]) -> None:
    services.note_wanted(
        {
            event.order_id: [WantedLine(line.sku, line.quantity) for line in event.lines]
            for event in events
        }
    )


@on_batch(
    PaymentCompleted,
    flow=CHOREOGRAPHED,
    publishes=[InventoryReserved, InventoryReservationFailed],
    shares_rows=True,
)
def reserve_what_is_paid(events: Sequence[PaymentCompleted]) -> None:
    services.reserve_wanted([event.order_id for event in events])


@on_batch(PaymentFailed, flow=CHOREOGRAPHED, shares_rows=True)
def forget_what_is_not_paid(events: Sequence[PaymentFailed]) -> None:
    services.forget_wanted([event.order_id for event in events])


@on_batch(PaymentUnknown, shares_rows=True)
def keep_while_payment_is_unknown(events: Sequence[PaymentUnknown]) -> None:
    services.keep_while_payment_is_unknown([event.order_id for event in events])


@on_batch(PaymentActionRequired, shares_rows=True)
def keep_while_the_customer_may_act(events: Sequence[PaymentActionRequired]) -> None:
    services.keep_while_payment_is_unknown([event.order_id for event in events])


@on_batch(PaymentAcceptedByBank, shares_rows=True)
def keep_while_the_bank_settles(events: Sequence[PaymentAcceptedByBank]) -> None:
    services.keep_while_payment_is_unknown([event.order_id for event in events])
