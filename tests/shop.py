"""Parcels of an order: packed, handed over to a carrier, and received back."""

import pytest

from orders.models import IN_STATUS, Order, ReturnStatus, Shipment
from orders.services import (
    LineToPack,
    dispatch_shipment,
    pack_shipment,
    receive_return,
    receiving,
)
from testkit.clock import let_deadlines_pass
from testkit.delivering import settle


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


def take_in(order: Order) -> None:
    """Receive all that is expected back of an order, for sale again."""
    for returned in order.returns.filter(IN_STATUS[ReturnStatus.EXPECTED]):
        receive_return(return_id=returned.id, by="packer")


def let_return_time_pass(order: Order) -> None:
    """Let the time be over for which goods of an order are expected back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receiving, "is_over", lambda _: True)
        let_deadlines_pass(order.id, steps=("receive",))
        settle()
