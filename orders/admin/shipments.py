"""The admin act that sends the goods of an order, and the shipments on the order's page."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from orders import services
from orders.models import Order, OrderLine, Shipment, ShipmentStatus
from orders.models.shipments import LONGEST_CARRIER, LONGEST_TRACKING
from outbox.acts import record_act
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    ReasonForm,
    reason_form,
    row_of,
)
from outbox.kit.admin.form_fields import LineField
from outbox.kit.admin.links import address_of
from outbox.kit.admin.pages import ReadOnlyInline


class ShipmentInline(ReadOnlyInline):
    model = Shipment
    ordering = ("packed_at",)
    fields = ("status", "carrier", "tracking", "packed_by", "packed_at", "dispatched_at")


class SendForm(ReasonForm):
    field_order = ("carrier", "tracking", "reason")
    carrier = LineField(max_length=LONGEST_CARRIER, required=False)
    tracking = LineField(
        max_length=LONGEST_TRACKING, required=False, help_text="The carrier's number of it."
    )


class SendsOrders:
    """Adds an action that sends goods to the page of an order."""

    actions_detail: ClassVar[Sequence[str]] = ("send",)

    def has_send_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("orders.ship_order")

    @action(description="Send…", permissions=["send"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def send(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what would leave, and ask for the carrier; send it once the form is sent."""
        order = row_of(request, self, object_id)
        form = reason_form(request, SendForm)

        def send() -> Done:
            shipment = _send(order, by=request.user.get_username(), **form.answers)
            return Done(f"On its way: {shipment}.", address_of(order))

        return ConfirmedAct(
            form=form,
            describe=lambda: _sending(order),
            carry_out=send,
            refusals={services.ShipmentRefused: "reason"},
        ).answer(request, self)


@transaction.atomic
def _send(order: Order, *, by: str, carrier: str, tracking: str, reason: str) -> Shipment:
    """Dispatch what is packed; where nothing is, pack all that is left first."""
    packed = _packed(order) or services.pack_shipment(order_id=order.id, lines=[], by=by)
    shipment = services.dispatch_shipment(
        shipment_id=packed.id, by=by, carrier=carrier, tracking=tracking
    )
    record_act(
        actor=by,
        verb="send shipment",
        subject=str(shipment),
        reason=reason,
        correlation_id=order.id,
        details={"carrier": carrier, "tracking": tracking},
    )
    return shipment


def _packed(order: Order) -> Shipment | None:
    packed = order.shipments.filter(status=ShipmentStatus.PACKED)
    return packed.order_by("packed_at").first()


def _sending(order: Order) -> Confirmation:
    packed = _packed(order)
    rows = (
        [[each.line.sku, each.quantity] for each in packed.lines.select_related("line")]
        if packed
        else [[line.sku, line.left_to_pack] for line in _left(order)]
    )
    return Confirmation(
        title=f"Send {order}",
        consequences=[
            "These goods leave stock, and the customer gets a mail.",
            "From the first shipment on, the order cannot be cancelled any more.",
        ],
        headers=["SKU", "Units"],
        rows=rows,
        button="Send",
    )


def _left(order: Order) -> list[OrderLine]:
    return [line for line in order.lines.order_by("number") if line.left_to_pack]
