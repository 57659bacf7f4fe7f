"""Send a shipment: its goods leave stock, then it is recorded as dispatched."""

from inventory.commands import ConsumeInventory
from inventory.events import InventoryConsumed
from orders.commands import CompleteDispatch
from orders.events import ShipmentDispatched, ShipmentDispatchRequested
from orders.sagas.vocabulary.saga import Retriable, Saga


class SendShipment(Saga):
    """Consume the goods, then complete the dispatch; each shipment has a saga of its own."""

    version = 1
    started_by = ShipmentDispatchRequested
    correlated_by = "shipment_id"

    consume = Retriable(ConsumeInventory, success=InventoryConsumed)
    complete = Retriable(CompleteDispatch, success=ShipmentDispatched)
