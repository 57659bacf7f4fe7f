"""Undo an order that no flow's saga undoes itself: a confirmed one, or a choreographed one."""

from inventory.commands import ReleaseInventory
from inventory.events import InventoryReleased
from orders.commands import CancelOrder
from orders.events import OrderCancellationRequested, OrderCancelled
from orders.sagas.vocabulary.saga import Retriable, Saga
from payments.commands import RecordRefund, RefundPayment
from payments.events import PaymentRefundDeclined, PaymentRefunded


class CancelConfirmed(Saga):
    """Refund or void, release, cancel, under the order's semantic lock; there is no way back."""

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
