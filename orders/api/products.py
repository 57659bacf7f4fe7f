"""Products for sale: customers read them, staff change them."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import msgspec
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import services
from orders.api.problems import KEEPING
from orders.models import Product
from orders.serializers.products import (
    ChangedProductSerializer,
    NewProductSerializer,
    ProductDetailSerializer,
    ProductSerializer,
)
from outbox.kit.http.fields import key_in_path
from outbox.kit.http.permissions import AUTHENTICATED
from outbox.kit.http.preconditions import ETAG, IF_MATCH, IF_NONE_MATCH, changed, only_if, shown
from outbox.kit.skus import LONGEST_SKU


class ProductFilters(filters.FilterSet):  # type: ignore[misc]  # it ships no types
    category = filters.CharFilter(max_length=40, label="Products of this category.")

    class Meta:
        model = Product
        fields: tuple[str, ...] = ()


@extend_schema_view(
    get=extend_schema(
        operation_id="products_list",
        summary="List the products",
        description="Products for sale now, by SKU, with their present prices.",
        tags=["products"],
    )
)
class Products(ListAPIView[Product]):
    """The products for sale, by SKU."""

    needs: ClassVar = {"GET": AUTHENTICATED, "POST": "orders.add_product"}
    scopes: ClassVar = {"GET": "products:read"}
    refusals = KEEPING
    ordering: ClassVar = ("sku",)
    position: ClassVar = tuple[Annotated[str, msgspec.Meta(min_length=1)]]
    serializer_class = ProductSerializer
    filterset_class = ProductFilters
    queryset = Product.objects.none()

    def get_queryset(self) -> QuerySet[Any, Any]:
        rows: QuerySet[Any, Any] = Product.objects.sold_now().with_prices()
        return rows.values(*ProductSerializer.Meta.fields)

    @extend_schema(
        operation_id="products_offer",
        summary="Offer a product",
        description="Adds a product for sale; staff only. Its stock is received separately.",
        request=NewProductSerializer,
        parameters=[ETAG],
        responses={201: ProductDetailSerializer},
        examples=[
            OpenApiExample(
                "A bowl",
                {
                    "sku": "BOWL-01",
                    "name": "Bowl",
                    "unit_price": 700,
                    "currency": "GBP",
                    "reason": "new in the catalogue",
                },
                request_only=True,
            )
        ],
        tags=["products"],
    )
    def post(self, request: Request) -> Response:
        wanted = NewProductSerializer.read(request)
        product = services.offer_product(**wanted, actor=request.user.get_username())
        return changed(_shown(product), status=201)


class OneProduct(APIView):
    """One product, for sale or not."""

    needs: ClassVar = {"GET": AUTHENTICATED, "PATCH": "orders.change_product"}
    scopes: ClassVar = {"GET": "products:read"}
    refusals = KEEPING

    @extend_schema(
        operation_id="products_read",
        summary="Read a product",
        parameters=[IF_NONE_MATCH, ETAG],
        responses={200: ProductDetailSerializer, 304: None},
        tags=["products"],
    )
    def get(self, request: Request, sku: str) -> Response:
        product = (
            Product.objects.with_prices().filter(sku=key_in_path(sku, longest=LONGEST_SKU)).first()
        )
        if product is None:
            raise NotFound("There is no such product.")
        return shown(request, _shown(product))

    @extend_schema(
        operation_id="products_change",
        summary="Change a product",
        description=(
            "Its name, category, price in its own currency, or when it is for sale; staff only. "
            "Orders that are placed already keep their price."
        ),
        request=ChangedProductSerializer,
        parameters=[IF_MATCH, ETAG],
        responses=ProductDetailSerializer,
        examples=[
            OpenApiExample(
                "A new price", {"unit_price": 750, "reason": "dearer clay"}, request_only=True
            ),
            OpenApiExample(
                "Withdrawn", {"for_sale": False, "reason": "out of the range"}, request_only=True
            ),
        ],
        tags=["products"],
    )
    def patch(self, request: Request, sku: str) -> Response:
        wanted = ChangedProductSerializer.read(request)
        reason = wanted.pop("reason")
        product = services.change_product(
            sku=key_in_path(sku, longest=LONGEST_SKU),
            changes=wanted,
            reason=reason,
            actor=request.user.get_username(),
            check=only_if(request, _shown),
        )
        return changed(_shown(product))


def _shown(product: Product) -> Mapping[str, Any]:
    return ProductDetailSerializer(product).data
