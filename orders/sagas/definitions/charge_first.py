"""The default flow: charge the payment first, then reserve the goods."""

from inventory.commands import ReleaseInventory, ReserveInventory
from inventory.events import InventoryReleased, InventoryReservationFailed, InventoryReserved
from orders.commands import CancelOrder, ConfirmOrder
from orders.events import (
    OrderCancellationRequested,
    OrderCancelled,
    OrderConfirmationRefused,
    OrderConfirmed,
    OrderPlaced,
)
from orders.sagas.vocabulary.saga import Pivot, Retriable, Saga, Step, minutes
from payments.commands import (
    ChargePayment,
    RecordCharge,
    RecordRefund,
    RefundPayment,
    WaivePayment,
)
from payments.events import (
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentCompleted,
    PaymentFailed,
    PaymentRefundDeclined,
    PaymentRefunded,
    PaymentUnresolved,
)


class ChargeFirst(Saga):
    """Charge, reserve, confirm; when a step fails, compensate in reverse order."""

    version = 1
    flow = "charge_first"
    started_by = OrderPlaced
    aborted_by = OrderCancellationRequested

    charge = Step(
        ChargePayment,
        success=PaymentCompleted,
        failure=PaymentFailed,
        postponed=(PaymentActionRequired, PaymentAcceptedByBank),
        unresolved=PaymentUnresolved,
        compensation=RefundPayment,
        compensated=PaymentRefunded,
        compensation_refused=PaymentRefundDeclined,
        by_hand=RecordCharge,
        compensated_by_hand=RecordRefund,
        waiver=WaivePayment,
        deadline=minutes(10),
        reason_if_unknown="payment_unresolved",
    )
    reserve = Step(
        ReserveInventory,
        success=InventoryReserved,
        failure=InventoryReservationFailed,
        compensation=ReleaseInventory,
        compensated=InventoryReleased,
        reason_if_unknown="out_of_stock",
    )
    confirm = Pivot(ConfirmOrder, success=OrderConfirmed, failure=OrderConfirmationRefused)

    on_abort = Retriable(CancelOrder, success=OrderCancelled)
