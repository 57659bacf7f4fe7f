"""Prices of products over time: who set which, from when on."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from orders import services
from orders.api.problems import KEEPING
from orders.models import ProductPrice
from orders.serializers.products import NewPriceSerializer, ProductPriceSerializer
from outbox.kit.skus import LONGEST_SKU


class PriceFilters(filters.FilterSet):  # type: ignore[misc]  # it ships no types
    sku = filters.CharFilter("product_id", max_length=LONGEST_SKU, label="Of this product.")

    class Meta:
        model = ProductPrice
        fields: tuple[str, ...] = ()


@extend_schema_view(
    get=extend_schema(
        operation_id="prices_list",
        summary="List prices over time",
        description=(
            "Every price that was ever set, also those to come, the last one set first. A price "
            "holds from `since` until that of the next one in its currency. A `unit_price` of "
            "null ends the sale in that currency."
        ),
        tags=["products"],
    )
)
class ProductPrices(ListAPIView[ProductPrice]):
    """The prices of products, past and to come; staff only."""

    needs: ClassVar = {"GET": "orders.view_productprice", "POST": "orders.add_productprice"}
    refusals = KEEPING
    queryset = ProductPrice.objects.none()
    serializer_class = ProductPriceSerializer
    filterset_class = PriceFilters
    ordering: ClassVar = ("-id",)
    position: ClassVar = tuple[int]

    def get_queryset(self) -> QuerySet[Any, Any]:
        fields = set(ProductPriceSerializer.Meta.fields) - {"sku"}
        rows: QuerySet[Any, Any] = ProductPrice.objects.values(*fields, "product_id")
        return rows

    @extend_schema(
        operation_id="prices_set",
        summary="Set a price",
        description=(
            "Sets the price of a product in a currency, now or from a time to come; staff only. "
            "Prices are never overwritten, and placed orders keep theirs."
        ),
        request=NewPriceSerializer,
        responses={201: ProductPriceSerializer},
        examples=[
            OpenApiExample(
                "In euros, from the new year",
                {
                    "sku": "MUG-01",
                    "currency": "EUR",
                    "unit_price": 1490,
                    "since": "2027-01-01T00:00:00Z",
                    "reason": "the price list of 2027",
                },
                request_only=True,
            )
        ],
        tags=["products"],
    )
    def post(self, request: Request) -> Response:
        wanted = NewPriceSerializer.read(request)
        price = services.set_price(**wanted, actor=request.user.get_username())
        return Response(ProductPriceSerializer(price).data, status=201)
