"""Pack units of an order into shipments, and unpack them again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from orders.models import Order, OrderLine, OrderStatus, Shipment, ShipmentLine, ShipmentStatus
from orders.services.locks import lock_order
from outbox import conversations
from outbox.kit.rows import bulk


class ShipmentRefused(Exception):
    """A shipment cannot be packed or sent as asked; the message says why."""


@dataclass(frozen=True, slots=True)
class LineToPack:
    """Units of a line, by its number in the order."""

    number: int
    quantity: int


@transaction.atomic
def pack_shipment(
    *, order_id: UUID, by: str, lines: Sequence[LineToPack] = (), reference: str | None = None
) -> Shipment:
    """Pack units of lines of a confirmed order; without lines, all that is left to pack.

    :param by: the packer's name.
    :param reference: the caller's own number; if a shipment has it already, that one is returned.
    :raises ShipmentRefused: the order is not confirmed, or a line has fewer units left to pack.
    """
    conversations.lock([order_id])
    if reference and (known := Shipment.objects.filter(reference=reference).first()):
        return known
    order = lock_order(order_id)
    if order.status != OrderStatus.CONFIRMED:
        raise ShipmentRefused(f"order {order.id} is {order.status}: nothing of it can be packed")
    rows = list(order.lines.order_by("number"))
    units = _units_by_line(lines, rows)
    shipment = Shipment.objects.create(order=order, reference=reference, packed_by=by)
    packed = [row for row in rows if row.number in units]
    for row in packed:
        row.packed += units[row.number]
    bulk.update(packed, ["packed"])
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line=row, quantity=units[row.number]) for row in packed
    )
    return shipment


@transaction.atomic
def unpack_shipment(*, shipment_id: UUID) -> Shipment:
    """Put the units of a packed shipment back; asking again changes nothing.

    :raises ShipmentRefused: it has left, or is about to.
    :raises Shipment.DoesNotExist: there is no such shipment.
    """
    shipment = lock_shipment(shipment_id)
    if shipment.status == ShipmentStatus.PACKED:
        take_apart([shipment], ShipmentStatus.UNPACKED)
    elif shipment.status != ShipmentStatus.UNPACKED:
        raise ShipmentRefused(f"{shipment} is {shipment.status}: it cannot be unpacked")
    return shipment


def unpack_all(order: Order) -> None:
    """Unpack the packed shipments of a locked order."""
    packed = order.shipments.select_for_update().filter(status=ShipmentStatus.PACKED)
    take_apart(packed, ShipmentStatus.UNPACKED)


def take_apart(shipments: Iterable[Shipment], status: ShipmentStatus) -> None:
    """Put the units of locked shipments back, and give the shipments another status."""
    for shipment in shipments:
        for each in shipment.lines.select_related("line"):
            each.line.packed -= each.quantity
            each.line.save(update_fields=["packed"])
        shipment.status = status
        shipment.save(update_fields=["status"])


def lock_shipment(shipment_id: UUID) -> Shipment:
    """Lock the order of a shipment, then the shipment.

    :raises Shipment.DoesNotExist: there is no such shipment.
    """
    order = lock_order(Shipment.objects.values_list("order_id", flat=True).get(pk=shipment_id))
    shipment = Shipment.objects.select_for_update().get(pk=shipment_id)
    shipment.order = order
    return shipment


def _units_by_line(lines: Sequence[LineToPack], rows: Sequence[OrderLine]) -> Mapping[int, int]:
    left = {row.number: row.left_to_pack for row in rows}
    if not lines:
        wanted = {number: units for number, units in left.items() if units}
        if not wanted:
            raise ShipmentRefused("nothing is left to pack")
        return wanted
    wanted = {}
    for line in lines:
        wanted[line.number] = wanted.get(line.number, 0) + line.quantity
        if line.quantity < 1 or wanted[line.number] > left.get(line.number, 0):
            raise ShipmentRefused(
                f"line {line.number}: {line.quantity} units cannot be packed,"
                f" {left.get(line.number, 0)} are left to pack"
            )
    return wanted
