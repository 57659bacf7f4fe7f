"""The API of orders: place one, and see what is for sale."""

from typing import Annotated, Any, ClassVar

import msgspec
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import pricing, services
from orders.models import Customer, Order, Product
from orders.serializers import NewOrderSerializer, PlacedOrderSerializer, ProductSerializer
from outbox import consistency

TOKEN = OpenApiParameter(
    consistency.HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Sent with a read, it lets that be no older than this write.",
    response=[202],
)


class OrderRefused(ValidationError):
    """The request is well formed, but no such order can be placed."""

    status_code = 422
    default_code = "order_refused"


class UnknownSku(OrderRefused):
    """A line names a product that is not for sale: order one of the listed products."""

    default_code = "unknown_sku"


class PlaceOrder(APIView):
    """Place an order for the customer who asks."""

    @extend_schema(
        operation_id="orders_place",
        summary="Place an order",
        description=(
            "Records a pending order and answers at once; payment and stock follow, and the "
            "order's address in `Location` tells what became of them. Prices are the server's."
        ),
        request=NewOrderSerializer,
        responses={202: PlacedOrderSerializer},
        parameters=[
            OpenApiParameter(
                "Location",
                OpenApiTypes.URI_REF,
                OpenApiParameter.HEADER,
                description="Where the order can be read.",
                response=[202],
            ),
            TOKEN,
        ],
        examples=[
            OpenApiExample(
                "Two mugs and a teapot",
                {
                    "lines": [
                        {"sku": "MUG-01", "quantity": 2},
                        {"sku": "TEAPOT-01", "quantity": 1},
                    ],
                    "payment_method": "pm_card_visa",
                },
                request_only=True,
            ),
            OpenApiExample(
                "Placed",
                {"id": "01936f2e-8b1c-7c3d-9a4e-5f60718293a4", "status": "pending"},
                response_only=True,
                status_codes=["202"],
            ),
        ],
        tags=["orders"],
    )
    def post(self, request: Request) -> Response:
        customer = _customer_of(request)
        wanted = NewOrderSerializer(data=request.data, context={"request": request})
        wanted.is_valid(raise_exception=True)
        order = _place(customer, **wanted.validated_data)
        return Response(
            {"id": order.id, "status": order.status},
            status=202,
            headers={
                "Location": reverse("order", args=[order.id]),
                consistency.HEADER: consistency.beginning_of(order.id).token,
            },
        )


class ListProducts(GenericAPIView[Product]):
    """What can be ordered now, by SKU."""

    ordering: ClassVar = ("sku",)
    position: ClassVar = tuple[Annotated[str, msgspec.Meta(pattern=r"^[^\x00]+\Z")]]
    serializer_class = ProductSerializer

    def get_queryset(self) -> QuerySet[Any, Any]:
        rows: QuerySet[Any, Any] = Product.objects.filter(for_sale=True)
        return rows.values(*ProductSerializer.Meta.fields)

    @extend_schema(
        operation_id="products_list",
        summary="List the products",
        description="Products for sale, by SKU. `unit_price` is in minor units of `currency`.",
        responses=ProductSerializer(many=True),
        tags=["products"],
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - the view keeps it
        products = self.filter_queryset(self.get_queryset())
        return self.get_paginated_response(self.paginate_queryset(products))


def _customer_of(request: Request) -> Customer:
    customer: Customer | None = getattr(request.user, "customer", None)
    if customer is None:
        raise PermissionDenied("This account is no customer's: ask the shop to link it to one.")
    return customer


def _place(
    customer: Customer,
    *,
    lines: list[dict[str, Any]],
    payment_method: str,
    partial: bool,
    flow: str | None = None,
) -> Order:
    try:
        return services.place_order(
            customer=customer,
            lines=[pricing.NewLine(**line) for line in lines],
            payment_method=payment_method,
            partial=partial,
            flow=flow,
        )
    except services.NotInParts as error:
        raise OrderRefused({"partial": [str(error)]}) from error
    except pricing.UnknownSku as error:
        raise UnknownSku({"lines": [str(error)]}) from error
    except pricing.OrderRefused as error:
        raise OrderRefused({"lines": [str(error)]}) from error
