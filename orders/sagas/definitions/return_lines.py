"""Return part of an order: refund and restock. Without lines it is only a partial refund."""

from inventory.commands import RestockInventory
from inventory.events import InventoryRestocked
from orders.commands import CompleteReturn
from orders.events import OrderReturnCompleted, OrderReturnRequested
from orders.sagas.vocabulary.saga import Retriable, Saga
from payments.commands import RecordRefundPart, RefundPaymentPart
from payments.events import PaymentPartRefunded, PaymentRefundDeclined


class ReturnLines(Saga):
    """Refund, restock, close; it only goes forward, and the order stands."""

    version = 1
    started_by = OrderReturnRequested
    correlated_by = "return_id"

    refund = Retriable(
        RefundPaymentPart,
        success=PaymentPartRefunded,
        failure=PaymentRefundDeclined,
        by_hand=RecordRefundPart,
    )
    restock = Retriable(RestockInventory, success=InventoryRestocked)
    complete = Retriable(CompleteReturn, success=OrderReturnCompleted)
