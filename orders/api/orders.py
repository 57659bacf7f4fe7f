"""Place an order."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import pricing, services
from orders.api.access import customer_of, on_record
from orders.api.answers import LOCATION, TOKEN, WAIT, accepted
from orders.api.priced_first import priced_first
from orders.api.problems import PLACING
from orders.models import Customer, Order
from orders.serializers.orders import NewOrderSerializer, OrderEndSerializer, PlacedOrderSerializer
from outbox import consistency
from outbox.kit.http.permissions import AUTHENTICATED

EXAMPLE = "01936f2e-8b1c-7c3d-9a4e-5f60718293a4"
NUMBER = "7KQ-4M2-8XR"


class PlaceOrder(APIView):
    """Place an order for the requesting customer."""

    needs: ClassVar = {"POST": AUTHENTICATED}
    scopes: ClassVar = {"POST": "orders:place"}
    refusals = PLACING
    prepared = staticmethod(priced_first)

    @extend_schema(
        operation_id="orders_place",
        summary="Place an order",
        description=(
            "Records a pending order and answers at once. Payment and stock follow; read the "
            "address in `Location` for their outcome. Prices are the server's."
        ),
        request=NewOrderSerializer,
        responses={201: OrderEndSerializer, 202: PlacedOrderSerializer},
        parameters=[LOCATION, TOKEN, WAIT],
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
                {"id": EXAMPLE, "number": NUMBER, "status": "pending"},
                response_only=True,
                status_codes=["202"],
            ),
            OpenApiExample(
                "Ended while the client waited",
                {
                    "id": EXAMPLE,
                    "number": NUMBER,
                    "status": "cancelled",
                    "reason_code": "payment_declined",
                },
                response_only=True,
                status_codes=["201"],
            ),
        ],
        tags=["orders"],
    )
    def post(self, request: Request) -> Response:
        customer = customer_of(request)
        wanted = NewOrderSerializer.read(request)
        if "flow" in wanted:
            require_choice_of_flow(request)
        with on_record(request, "place order") as record:
            order = place(customer, wanted)
            record(order.id)
        token = consistency.beginning_of(order.id).token
        return accepted(order.id, placed_answer(order), token)


def placed_answer(order: Order) -> Mapping[str, Any]:
    """Return what the answer says of an order that was just placed."""
    return {"id": order.id, "number": order.number, "status": order.status}


def require_choice_of_flow(request: Request) -> None:
    """Refuse a choice of flow by anyone but staff.

    :raises PermissionDenied: the account is not staff.
    """
    if not (request.user.is_staff or request.user.has_perm("orders.add_order")):
        raise PermissionDenied("Only staff may choose the flow of an order: leave it out.")


def place(customer: Customer, wanted: Mapping[str, Any]) -> Order:
    """Place the order that a request asks for, in parts if it says so."""
    lines = [pricing.NewLine(**line) for line in wanted.get("lines", ())]
    fields = {**wanted, "customer": customer, "lines": lines}
    in_parts = fields.pop("partial")
    return services.place_in_parts(**fields) if in_parts else services.place_order(**fields)
