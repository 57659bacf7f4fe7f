"""Import orders from another system."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import pricing, services
from orders.models import Customer
from orders.serializers.orders import ImportResultSerializer, ImportSerializer


class ImportOrders(APIView):
    """Place many orders, each once even if it is sent again."""

    needs: ClassVar = {"POST": "orders.add_order"}

    @extend_schema(
        operation_id="orders_import",
        summary="Import orders",
        description=(
            "Each order has the `reference` that its own system gave it, and is placed once: if it "
            "is sent again, the answer is the existing order. An order that cannot be placed "
            "does not stop the others. Prices are the server's."
        ),
        request=ImportSerializer,
        responses=ImportResultSerializer,
        examples=[
            OpenApiExample(
                "One order",
                {
                    "orders": [
                        {
                            "reference": "till-7:000123",
                            "customer": "01936f2e-8b1c-7c3d-9a4e-5f60718293a4",
                            "lines": [{"sku": "MUG-01", "quantity": 2}],
                            "payment_method": "pm_card_visa",
                        }
                    ]
                },
                request_only=True,
            )
        ],
        tags=["orders"],
    )
    def post(self, request: Request) -> Response:
        wanted = ImportSerializer.read(request)["orders"]
        customers = Customer.objects.filter(erased_at=None).in_bulk(
            {each["customer"] for each in wanted}
        )
        return Response({"results": [_import(each, customers) for each in wanted]})


def _import(wanted: Mapping[str, Any], customers: Mapping[UUID, Customer]) -> dict[str, Any]:
    known: dict[str, Any] = {"reference": wanted["reference"]}
    lines = [pricing.NewLine(**line) for line in wanted["lines"]]
    customer = customers.get(wanted["customer"])
    if customer is None:
        return {**known, "problem": "there is no such customer"}
    try:
        order = services.import_order(**{**wanted, "lines": lines, "customer": customer})
    except pricing.OrderRefused as error:
        return {**known, "problem": str(error)}
    return {**known, "id": order.id, "number": order.number, "status": order.status}
