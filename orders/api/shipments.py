"""Pack shipments of orders, send them, and list them."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import services
from orders.api.answers import LOCATION, TOKEN, accepted
from orders.api.problems import SHIPPING
from orders.models import Shipment, ShipmentStatus
from orders.serializers.shipments import (
    DispatchSerializer,
    NewShipmentSerializer,
    PackedShipmentSerializer,
    ShipmentStateSerializer,
)
from outbox.kit.http.fields import Strict


class PackShipment(APIView):
    """Pack units of an order into a shipment."""

    needs: ClassVar = {"POST": "orders.ship_order"}
    refusals = SHIPPING

    @extend_schema(
        operation_id="orders_pack",
        summary="Pack a shipment of an order",
        description=(
            "`number` is the line's number in the order, from 1. An order can be sent in several "
            "shipments. Nothing leaves before the shipment is dispatched."
        ),
        request=NewShipmentSerializer,
        responses={202: ShipmentStateSerializer},
        parameters=[LOCATION, TOKEN],
        examples=[
            OpenApiExample("All that is left", {}, request_only=True),
            OpenApiExample(
                "One unit of the first line",
                {"lines": [{"number": 1, "quantity": 1}], "reference": "PACK-7"},
                request_only=True,
            ),
        ],
        tags=["shipments"],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        wanted = NewShipmentSerializer.read(request)
        shipment = services.pack_shipment(
            order_id=order_id,
            lines=[services.LineToPack(**line) for line in wanted.get("lines", ())],
            reference=wanted.get("reference"),
            by=request.user.get_username(),
        )
        return _accepted(shipment)


class DispatchShipment(APIView):
    """Send a packed shipment."""

    needs: ClassVar = {"POST": "orders.ship_order"}
    refusals = SHIPPING

    @extend_schema(
        operation_id="shipments_dispatch",
        summary="Dispatch a shipment",
        description=(
            "Its goods leave stock afterwards, and the order tells of it with carrier and tracking "
            "number. Once the first shipment has left, the order cannot be cancelled any more. "
            "When all has left, the order is fulfilled. Asking again changes nothing."
        ),
        request=DispatchSerializer,
        responses={202: ShipmentStateSerializer},
        parameters=[LOCATION, TOKEN],
        examples=[
            OpenApiExample(
                "With a tracking number",
                {"carrier": "Royal Mail", "tracking": "QM123456785GB"},
                request_only=True,
            )
        ],
        tags=["shipments"],
    )
    def post(self, request: Request, shipment_id: UUID) -> Response:
        wanted = DispatchSerializer.read(request)
        by = request.user.get_username()
        return _accepted(services.dispatch_shipment(shipment_id=shipment_id, by=by, **wanted))


class UnpackShipment(APIView):
    """Put the units of a packed shipment back."""

    needs: ClassVar = {"POST": "orders.ship_order"}
    refusals = SHIPPING

    @extend_schema(
        operation_id="shipments_unpack",
        summary="Unpack a shipment",
        description="One that has left, or is leaving, cannot be unpacked.",
        request=Strict,
        responses={202: ShipmentStateSerializer},
        parameters=[LOCATION, TOKEN],
        tags=["shipments"],
    )
    def post(self, request: Request, shipment_id: UUID) -> Response:
        Strict.read(request)
        return _accepted(services.unpack_shipment(shipment_id=shipment_id))


class ShipmentFilters(filters.FilterSet):  # type: ignore[misc]  # it ships no types
    order = filters.UUIDFilter("order_id", label="Of this order.")
    status = filters.ChoiceFilter(choices=ShipmentStatus.choices, label="In this status.")

    class Meta:
        model = Shipment
        fields: tuple[str, ...] = ()


@extend_schema_view(
    get=extend_schema(operation_id="shipments_list", summary="List shipments", tags=["shipments"])
)
class ListShipments(ListAPIView[Shipment]):
    """Shipments, newest first."""

    needs: ClassVar = {"GET": "orders.view_shipment"}
    queryset = Shipment.objects.none()
    serializer_class = PackedShipmentSerializer
    filterset_class = ShipmentFilters
    ordering: ClassVar = ("-id",)
    position: ClassVar = tuple[UUID]

    def get_queryset(self) -> QuerySet[Any, Any]:
        return Shipment.objects.prefetch_related("lines__line")


def _accepted(shipment: Shipment) -> Response:
    content = {
        "shipment_id": shipment.id,
        "order_id": shipment.order_id,
        "status": shipment.status,
    }
    return accepted(shipment.order_id, content)
