"""Take goods back that had left: await them, restock them, refund them."""

from inventory.commands import RestockInventory
from inventory.events import InventoryRestocked
from orders.commands import AwaitReturn, CompleteReturn
from orders.events import (
    OrderReturnAwaited,
    OrderReturnCompleted,
    OrderReturnExpected,
    OrderReturnGivenUp,
    OrderReturnReceived,
)
from orders.sagas.vocabulary.saga import Pivot, Retriable, Saga
from payments.commands import RecordRefundPart, RefundPaymentPart
from payments.events import PaymentPartRefunded, PaymentRefundDeclined


class ReturnGoods(Saga):
    """Receive, restock, refund, close; goods that do not come in time end it."""

    version = 1
    started_by = OrderReturnExpected
    correlated_by = "return_id"

    receive = Pivot(
        AwaitReturn,
        success=OrderReturnReceived,
        failure=OrderReturnGivenUp,
        postponed=(OrderReturnAwaited,),
    )
    restock = Retriable(RestockInventory, success=InventoryRestocked)
    refund = Retriable(
        RefundPaymentPart,
        success=PaymentPartRefunded,
        failure=PaymentRefundDeclined,
        by_hand=RecordRefundPart,
    )
    complete = Retriable(CompleteReturn, success=OrderReturnCompleted)
