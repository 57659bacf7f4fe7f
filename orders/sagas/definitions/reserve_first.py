"""Hold the goods first, then authorize the payment: nothing is charged for goods out of stock."""

from inventory.commands import CommitInventory, HoldInventory, ReleaseInventory
from inventory.events import (
    InventoryHeld,
    InventoryReleased,
    InventoryReservationFailed,
    InventoryReserved,
)
from orders.commands import CancelOrder, ConfirmOrder
from orders.events import (
    OrderCancellationRequested,
    OrderCancelled,
    OrderConfirmationRefused,
    OrderConfirmed,
    OrderPlaced,
)
from orders.sagas.vocabulary.saga import Pivot, Retriable, Saga, Step
from payments.commands import (
    AuthorizePayment,
    RecordCharge,
    RecordRefund,
    RefundPayment,
    WaivePayment,
)
from payments.events import (
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentFailed,
    PaymentRefundDeclined,
    PaymentRefunded,
    PaymentUnresolved,
)


class ReserveFirst(Saga):
    """Hold, authorize, commit, confirm; each shipment then captures what it is worth."""

    version = 1
    flow = "reserve_first"
    started_by = OrderPlaced
    aborted_by = OrderCancellationRequested

    hold = Step(
        HoldInventory,
        success=InventoryHeld,
        failure=InventoryReservationFailed,
        compensation=ReleaseInventory,
        compensated=InventoryReleased,
        reason_if_unknown="out_of_stock",
    )
    authorize = Step(
        AuthorizePayment,
        success=PaymentAuthorized,
        failure=PaymentFailed,
        postponed=(PaymentActionRequired, PaymentAcceptedByBank),
        unresolved=PaymentUnresolved,
        compensation=RefundPayment,
        compensated=PaymentRefunded,
        compensation_refused=PaymentRefundDeclined,
        by_hand=RecordCharge,
        compensated_by_hand=RecordRefund,
        waiver=WaivePayment,
        reason_if_unknown="payment_unresolved",
    )
    commit = Step(
        CommitInventory,
        success=InventoryReserved,
        failure=InventoryReservationFailed,
        compensation=ReleaseInventory,
        compensated=InventoryReleased,
        reason_if_unknown="out_of_stock",
    )
    confirm = Pivot(ConfirmOrder, success=OrderConfirmed, failure=OrderConfirmationRefused)

    on_abort = Retriable(CancelOrder, success=OrderCancelled)
