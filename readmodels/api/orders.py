"""List orders; customers' names are looked up and added."""

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from django.db.models import F
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from outbox.kit.http.permissions import AUTHENTICATED
from readmodels.api.filters import LARGEST_AMOUNT, STATUSES, OrderFilters
from readmodels.api.freshness import reads
from readmodels.models import OrderSummary
from readmodels.names import with_names
from readmodels.projections.orders import order_summary


class OrderSummarySerializer(serializers.ModelSerializer[OrderSummary]):
    """An order as clients see it. `amount` is the total in minor units of `currency`."""

    # This only describes the answers: values() gives the same rows at less cost.
    id = serializers.UUIDField(source="order_id", read_only=True)
    status = serializers.ChoiceField(STATUSES, read_only=True)
    customer_name = serializers.CharField(read_only=True, help_text="As it is now.")

    class Meta:
        model = OrderSummary
        fields = (
            "id",
            "number",
            "customer_id",
            "customer_name",
            "item_count",
            "amount",
            "currency",
            "status",
            "reason_code",
            "backorder_of",
            "placed_at",
            "confirmed_at",
            "cancelled_at",
        )
        read_only_fields = fields


BY_TIME = tuple[Annotated[datetime, msgspec.Meta(tz=True)], UUID]
BY_AMOUNT = tuple[Annotated[int, msgspec.Meta(ge=0, le=LARGEST_AMOUNT)], UUID]
NAMED_OTHERWISE = {"id", "customer_name"}
COLUMNS = [name for name in OrderSummarySerializer.Meta.fields if name not in NAMED_OTHERWISE]


def visible_to(request: Request, rows: Any) -> Any:
    """Keep the orders that this account may see: staff all, customers their own.

    :raises PermissionDenied: the account is neither.
    """
    user: Any = request.user
    if user.is_staff and user.has_perm("readmodels.view_ordersummary"):
        return rows
    customer = getattr(user, "customer", None)
    if customer is None:
        raise PermissionDenied(
            "This account belongs to no customer: ask the shop to link it to one."
        )
    return rows.filter(customer_id=customer.id)


class ListOrders(GenericAPIView[OrderSummary]):
    """Orders, newest first."""

    needs: ClassVar = {"GET": AUTHENTICATED}
    scopes: ClassVar = {"GET": "orders:read"}
    queryset = OrderSummary.objects.none()
    serializer_class = OrderSummarySerializer
    filterset_class = OrderFilters
    ordering: ClassVar = ("-placed_at", "-id")
    position: ClassVar = BY_TIME
    orderings: ClassVar = {
        "-placed_at": (("-placed_at", "-id"), BY_TIME),
        "placed_at": (("placed_at", "id"), BY_TIME),
        "-amount": (("-amount", "-id"), BY_AMOUNT),
        "amount": (("amount", "id"), BY_AMOUNT),
    }

    @reads(order_summary)
    @extend_schema(
        operation_id="orders_list",
        summary="List orders",
        description="A customer sees their own, staff see all; newest first without `ordering`.",
        responses=OrderSummarySerializer(many=True),
        tags=["orders"],
    )
    def get(self, request: Request) -> Response:
        rows = visible_to(request, OrderSummary.objects.values(*COLUMNS, id=F("order_id")))
        shown: Any = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(with_names(request, shown))
