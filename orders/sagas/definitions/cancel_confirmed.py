"""Cancel an order that no flow's saga can cancel: a confirmed or a choreographed one."""

from inventory.commands import ReleaseInventory
from inventory.events import InventoryReleased
from orders.commands import CancelOrder
from orders.events import OrderCancellationRequested, OrderCancelled
from orders.sagas.vocabulary.saga import Retriable, Saga
from payments.commands import RecordRefund, RefundPayment
from payments.events import PaymentRefundDeclined, PaymentRefunded


class CancelConfirmed(Saga):
    """Refund or void, release, cancel, under the order's semantic lock; it only goes forward."""

    version = 1
    started_by = OrderCancellationRequested

    refund = Retriable(
        RefundPayment,
        success=PaymentRefunded,
        failure=PaymentRefundDeclined,
        by_hand=RecordRefund,
    )
    release = Retriable(ReleaseInventory, success=InventoryReleased)
    cancel = Retriable(CancelOrder, success=OrderCancelled)
