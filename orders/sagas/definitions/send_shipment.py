"""Send a shipment: capture its amount, take its goods out of stock, record it as dispatched."""

from inventory.commands import ConsumeInventory
from inventory.events import InventoryConsumed
from orders.commands import CompleteDispatch, HoldBackShipment
from orders.events import ShipmentDispatched, ShipmentDispatchRequested, ShipmentHeldBack
from orders.sagas.vocabulary.saga import Pivot, Retriable, Saga
from payments.commands import CapturePaymentPart
from payments.events import PaymentCaptureDeclined, PaymentPartCaptured, PaymentUnresolved


class SendShipment(Saga):
    """Capture, consume, complete; a shipment that is not paid for is held back."""

    version = 1
    started_by = ShipmentDispatchRequested
    correlated_by = "shipment_id"

    capture = Pivot(
        CapturePaymentPart,
        success=PaymentPartCaptured,
        failure=PaymentCaptureDeclined,
        unresolved=PaymentUnresolved,
    )
    consume = Retriable(ConsumeInventory, success=InventoryConsumed)
    complete = Retriable(CompleteDispatch, success=ShipmentDispatched)

    on_abort = Retriable(HoldBackShipment, success=ShipmentHeldBack)
