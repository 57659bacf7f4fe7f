"""Parcels of an order: packed, and handed over to a carrier."""

from orders.models import Order, Shipment
from orders.services import LineToPack, dispatch_shipment, pack_shipment


def pack(order: Order, units: dict[int, int] | None = None) -> Shipment:
    """Pack units by the line's number; all that is left to pack without any."""
    lines = [LineToPack(number, quantity) for number, quantity in (units or {}).items()]
    return pack_shipment(order_id=order.id, lines=lines, by="packer")


def send(order: Order, units: dict[int, int] | None = None) -> Shipment:
    """Pack units by the line's number, or all that is left, and let them leave."""
    return hand_over(pack(order, units))


def hand_over(shipment: Shipment) -> Shipment:
    """Let a packed shipment leave; it has once everything is settled."""
    return dispatch_shipment(
        shipment_id=shipment.id, carrier="Royal Mail", tracking="QM123456785GB", by="packer"
    )
