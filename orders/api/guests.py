"""Place orders for people without an account."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import services
from orders.api.access import on_record
from orders.api.answers import LOCATION, TOKEN, accepted
from orders.api.orders import place, placed_answer, require_choice_of_flow
from orders.api.problems import PLACING
from orders.serializers.orders import GuestOrderSerializer, PlacedOrderSerializer
from outbox import consistency


class GuestOrders(APIView):
    """Place an order for a guest; service tokens, and staff who may place orders."""

    needs: ClassVar = {"POST": "orders.add_order"}
    scopes: ClassVar = {"POST": "orders:guests"}
    refusals = PLACING

    @extend_schema(
        operation_id="orders_place_for_guest",
        summary="Place an order for a guest",
        description=(
            "The order belongs to the customer who has confirmed the e-mail address, now or later: "
            "signing up with it shows all orders that were placed with it."
        ),
        request=GuestOrderSerializer,
        responses={202: PlacedOrderSerializer},
        parameters=[LOCATION, TOKEN],
        examples=[
            OpenApiExample(
                "A mug",
                {
                    "guest": {"email": "grace@shop.example", "name": "Grace Hopper"},
                    "lines": [{"sku": "MUG-01", "quantity": 1}],
                    "payment_method": "pm_card_visa",
                },
                request_only=True,
            )
        ],
        tags=["orders"],
    )
    def post(self, request: Request) -> Response:
        wanted = GuestOrderSerializer.read(request)
        if "flow" in wanted:
            require_choice_of_flow(request)
        customer = services.guest_called(**wanted.pop("guest"))
        with on_record(request, "place order") as record:
            order = place(customer, wanted)
            record(order.id)
        token = consistency.beginning_of(order.id).token
        return accepted(order.id, placed_answer(order), token)
