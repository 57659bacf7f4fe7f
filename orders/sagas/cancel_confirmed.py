"""Undo a confirmed order: the money goes back, the goods return to the shelf."""

from inventory.commands import ReleaseInventory
from inventory.events import InventoryReleased
from orders.commands import CancelOrder
from orders.events import OrderCancellationRequested, OrderCancelled
from orders.sagas.definition import Retriable, Saga
from payments.commands import RefundPayment
from payments.events import PaymentRefunded


class CancelConfirmed(Saga):
    """Refund, release, cancel, under the order's semantic lock; there is no way back."""

    version = 1
    started_by = OrderCancellationRequested

    refund = Retriable(RefundPayment, success=PaymentRefunded)
    release = Retriable(ReleaseInventory, success=InventoryReleased)
    cancel = Retriable(CancelOrder, success=OrderCancelled)
