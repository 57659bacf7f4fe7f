"""Read one order, with its lines, shipments and returns, and its timeline."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import F
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox.kit.http.permissions import AUTHENTICATED
from readmodels.api import polling
from readmodels.api.filters import STATUSES
from readmodels.api.freshness import reads
from readmodels.api.orders import NAMED_OTHERWISE, visible_to
from readmodels.models import OrderDetail
from readmodels.names import with_names
from readmodels.projections.order_detail import order_detail


class LineSerializer(serializers.Serializer[Any]):
    """A line; `amount` is that of all its units.

    `sent` counts units that have left, `returned` those that came back or are not sent any more.
    """

    number = serializers.IntegerField(min_value=1)
    sku = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    quantity = serializers.IntegerField(min_value=1)
    sent = serializers.IntegerField(min_value=0)
    returned = serializers.IntegerField(min_value=0)
    amount = serializers.IntegerField(min_value=0)


class AdjustmentSerializer(serializers.Serializer[Any]):
    """An amount that an order costs beside its lines; below 0 if it is taken off.

    `line` is the number of the line it is about; null: the whole order. One that is `included` is
    part of the prices already: it adds nothing.
    """

    kind = serializers.ChoiceField(["discount", "voucher", "shipping", "tax"])
    amount = serializers.IntegerField()
    reason = serializers.CharField(help_text="Such as the code of a voucher.")
    line = serializers.IntegerField(min_value=1, allow_null=True)
    included = serializers.BooleanField()
    rate = serializers.CharField(allow_null=True, help_text="Of a tax, in per cent.")
    jurisdiction = serializers.CharField(allow_blank=True, help_text="Whose tax it is.")


class ShippedLineSerializer(serializers.Serializer[Any]):
    """Units of a line that left together."""

    number = serializers.IntegerField(min_value=1)
    sku = serializers.CharField()
    quantity = serializers.IntegerField(min_value=1)


class ShipmentSerializer(serializers.Serializer[Any]):
    """A shipment that has left; `amount` is what its units are worth, in minor units."""

    id = serializers.UUIDField()
    amount = serializers.IntegerField(min_value=0)
    carrier = serializers.CharField(allow_blank=True)
    tracking = serializers.CharField(allow_blank=True)
    dispatched_at = serializers.DateTimeField()
    lines = ShippedLineSerializer(many=True)


class ReturnSerializer(serializers.Serializer[Any]):
    """A return or refund. Less than its `amount` is `refunded` if some was not captured.

    The goods of an `expected` return may come `until` then. Amounts are in minor units.
    """

    id = serializers.UUIDField()
    status = serializers.ChoiceField(["expected", "under_way", "completed", "given_up"])
    amount = serializers.IntegerField(min_value=0)
    refunded = serializers.IntegerField(min_value=0)
    until = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)


class EntrySerializer(serializers.Serializer[Any]):
    """An event of an order. Amounts are minor units of its currency."""

    at = serializers.DateTimeField()
    event = serializers.CharField()
    amount = serializers.IntegerField(required=False)
    reason_code = serializers.CharField(required=False)


class OrderDetailSerializer(serializers.ModelSerializer[OrderDetail]):
    """An order with its lines. Amounts are minor units of `currency`."""

    # These only describe the answers: values() gives the same rows at less cost.
    id = serializers.UUIDField(source="order_id", read_only=True)
    status = serializers.ChoiceField(STATUSES, read_only=True)
    customer_name = serializers.CharField(read_only=True, help_text="As it is now.")
    lines = LineSerializer(many=True, read_only=True)
    adjustments = AdjustmentSerializer(many=True, read_only=True)
    shipments = ShipmentSerializer(many=True, read_only=True)
    returns = ReturnSerializer(many=True, read_only=True)

    class Meta:
        model = OrderDetail
        fields = (
            "id",
            "number",
            "customer_id",
            "customer_name",
            "country",
            "item_count",
            "amount",
            "returned_amount",
            "currency",
            "status",
            "reason_code",
            "payment_status",
            "payment_until",
            "stock_status",
            "backorder_of",
            "placed_at",
            "confirmed_at",
            "fulfilled_at",
            "cancelled_at",
            "lines",
            "adjustments",
            "shipments",
            "returns",
        )
        read_only_fields = fields


COLUMNS = [name for name in OrderDetailSerializer.Meta.fields if name not in NAMED_OTHERWISE]


def found(request: Request, order_id: UUID, rows: Any) -> dict[str, Any]:
    """Return the row of an order.

    :raises NotFound: there is none that this account may see.
    """
    row: dict[str, Any] | None = visible_to(request, rows).filter(order_id=order_id).first()
    if row is None:
        raise NotFound("There is no such order.")
    return row


class ReadOrder(APIView):
    """One order."""

    needs: ClassVar = {"GET": AUTHENTICATED}
    scopes: ClassVar = {"GET": "orders:read"}
    guests: ClassVar = ("GET",)

    @reads(order_detail)
    @extend_schema(
        operation_id="orders_read",
        summary="Read an order",
        description=(
            "Customers find only their own orders. To follow an order, repeat the request with its "
            "`ETag` in `If-None-Match` and `Prefer: wait=20`: the answer comes when the order "
            "changes, or as a 304 after that time."
        ),
        parameters=polling.PARAMETERS,
        responses={200: OrderDetailSerializer, 304: None},
        tags=["orders"],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        def read() -> dict[str, Any]:
            rows = OrderDetail.objects.values(*COLUMNS, id=F("order_id"))
            return with_names(request, [found(request, order_id, rows)])[0]

        return polling.answer(request, read)


class ReadTimeline(APIView):
    """What happened to one order."""

    needs: ClassVar = {"GET": AUTHENTICATED}
    scopes: ClassVar = {"GET": "orders:read"}
    guests: ClassVar = ("GET",)

    @reads(order_detail)
    @extend_schema(
        operation_id="orders_timeline",
        summary="Read an order's timeline",
        description="The events of the order, its money and its returns, oldest first.",
        responses=EntrySerializer(many=True),
        tags=["orders"],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        return Response(
            found(request, order_id, OrderDetail.objects.values("timeline"))["timeline"]
        )
