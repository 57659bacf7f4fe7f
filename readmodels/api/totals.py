"""Reports for staff: sales, customers, stock, and money at risk."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from django.db.models import F
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from readmodels.api.filters import MoneyFilters, SalesFilters, StockFilters
from readmodels.api.freshness import reads
from readmodels.models import CustomerStatistics, DailySales, MoneyAtRisk, StockLevel
from readmodels.projections.customers import customer_statistics
from readmodels.projections.money import money_at_risk
from readmodels.projections.sales import daily_sales
from readmodels.projections.stock import stock_levels


class DailySalesSerializer(serializers.ModelSerializer[DailySales]):
    """Sales of confirmed orders, by the day (UTC) on which they were placed. Minor units."""

    class Meta:
        model = DailySales
        exclude = ("id",)
        read_only_fields = (
            *("day", "sku", "country", "currency", "orders", "units", "amount"),
            *("returned_units", "returned_amount"),
        )


class CustomerStatisticsSerializer(serializers.ModelSerializer[CustomerStatistics]):
    """What a customer has ordered in one currency. Amounts are minor units."""

    class Meta:
        model = CustomerStatistics
        exclude = ("id", "customer_id")
        read_only_fields = (
            *("currency", "orders", "standing", "cancelled", "amount", "returned_amount"),
        )


class StockLevelSerializer(serializers.ModelSerializer[StockLevel]):
    """Units of one SKU; `available` ones are not reserved."""

    available = serializers.IntegerField(read_only=True)

    class Meta:
        model = StockLevel
        fields = ("sku", "on_hand", "reserved", "available")
        read_only_fields = fields


class MoneyAtRiskSerializer(serializers.ModelSerializer[MoneyAtRisk]):
    """An order's money: not captured, captured but not confirmed, or a failed refund."""

    class Meta:
        model = MoneyAtRisk
        fields = ("order_id", "risk", "amount", "currency", "since")
        read_only_fields = fields


class ListSales(GenericAPIView[DailySales]):
    """Sales by day, product and country."""

    needs: ClassVar = {"GET": "readmodels.view_dailysales"}
    queryset = DailySales.objects.none()
    serializer_class = DailySalesSerializer
    filterset_class = SalesFilters
    ordering: ClassVar = ("-day", "-sku", "-country", "-currency")
    position: ClassVar = tuple[date, str, str, str]

    @reads(daily_sales)
    @extend_schema(
        operation_id="sales_list",
        summary="List daily sales",
        description="By day, product and country; the latest day first. For staff.",
        responses=DailySalesSerializer(many=True),
        tags=["reports"],
    )
    def get(self, _request: Request) -> Response:
        rows: Any = DailySales.objects.values(*DailySalesSerializer.Meta.read_only_fields)
        return self.get_paginated_response(self.paginate_queryset(self.filter_queryset(rows)))


class ReadCustomerStatistics(APIView):
    """What one customer has ordered."""

    needs: ClassVar = {"GET": "readmodels.view_customerstatistics"}

    @reads(customer_statistics)
    @extend_schema(
        operation_id="customers_statistics",
        summary="Read a customer's statistics",
        description="A row per currency; none for a customer without orders. For staff.",
        responses=CustomerStatisticsSerializer(many=True),
        tags=["reports"],
    )
    def get(self, _request: Request, customer_id: UUID) -> Response:
        rows = CustomerStatistics.objects.filter(customer_id=customer_id).order_by("currency")
        return Response(list(rows.values(*CustomerStatisticsSerializer.Meta.read_only_fields)))


class ListStock(GenericAPIView[StockLevel]):
    """Stock by SKU."""

    needs: ClassVar = {"GET": "readmodels.view_stocklevel"}
    queryset = StockLevel.objects.none()
    serializer_class = StockLevelSerializer
    filterset_class = StockFilters
    ordering: ClassVar = ("sku",)
    position: ClassVar = tuple[str]

    @reads(stock_levels)
    @extend_schema(
        operation_id="stock_list",
        summary="List stock",
        description="By SKU. For staff.",
        responses=StockLevelSerializer(many=True),
        tags=["reports"],
    )
    def get(self, _request: Request) -> Response:
        rows: Any = StockLevel.objects.values(
            "sku", "on_hand", "reserved", available=F("on_hand") - F("reserved")
        )
        return self.get_paginated_response(self.paginate_queryset(self.filter_queryset(rows)))


class ListMoneyAtRisk(GenericAPIView[MoneyAtRisk]):
    """Money that is neither finally ours nor back with the customer."""

    needs: ClassVar = {"GET": "readmodels.view_moneyatrisk"}
    queryset = MoneyAtRisk.objects.none()
    serializer_class = MoneyAtRiskSerializer
    filterset_class = MoneyFilters
    ordering: ClassVar = ("since", "order_id")
    position: ClassVar = tuple[Annotated[datetime, msgspec.Meta(tz=True)], UUID]

    @reads(money_at_risk)
    @extend_schema(
        operation_id="money_at_risk_list",
        summary="List money at risk",
        description=(
            "Not captured yet, captured and not confirmed, or a failed refund; oldest first. "
            "For staff."
        ),
        responses=MoneyAtRiskSerializer(many=True),
        tags=["reports"],
    )
    def get(self, _request: Request) -> Response:
        rows: Any = MoneyAtRisk.objects.filter(amount__gt=0)
        rows = rows.values(*MoneyAtRiskSerializer.Meta.fields)
        return self.get_paginated_response(self.paginate_queryset(self.filter_queryset(rows)))
