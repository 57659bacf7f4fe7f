"""Place orders for people without an account."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import services
from orders.api.access import on_record
from orders.api.accounts import A_MINUTE
from orders.api.answers import LOCATION, TOKEN, accepted
from orders.api.orders import place, placed_answer, require_choice_of_flow
from orders.api.problems import PLACING
from orders.serializers.orders import GuestOrderSerializer, PlacedForGuestSerializer
from outbox import consistency


def is_anonymous(request: Request) -> bool:
    """Tell whether a guest has sent the request, not a storefront's server or the staff."""
    return settings.ANONYMOUS_GUESTS and not request.user.is_authenticated


class GuestOrders(APIView):
    """Place an order for a guest: service tokens, staff, and with ``ANONYMOUS_GUESTS`` anyone.

    An order that no one vouches for does not get into an account.
    """

    needs: ClassVar = {"POST": "orders.add_order"}
    scopes: ClassVar = {"POST": "orders:guests"}
    refusals = PLACING

    def get_permissions(self) -> Sequence[Any]:
        return [] if is_anonymous(self.request) else super().get_permissions()

    @property
    def requests_per_minute(self) -> int | None:
        return A_MINUTE if is_anonymous(self.request) else None

    @staticmethod
    def owner_of_keys(request: Request) -> int | None:
        """Return the account to which the Idempotency-Key of an anonymous request belongs."""
        return services.account_of_guests() if is_anonymous(request) else None

    @extend_schema(
        operation_id="orders_place_for_guest",
        summary="Place an order for a guest",
        description=(
            "The order belongs to the customer who has confirmed the e-mail address, now or later: "
            "signing up with it shows all orders that were placed with it. `guest_token` opens "
            "the order, its timeline and its next action to the guest. Where the shop allows it "
            "(`ANONYMOUS_GUESTS`), guests order without any token; their orders do not get into "
            "an account that exists already."
        ),
        request=GuestOrderSerializer,
        responses={202: PlacedForGuestSerializer},
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
            ),
        ],
        tags=["orders"],
    )
    def post(self, request: Request) -> Response:
        wanted = GuestOrderSerializer.read(request)
        if "flow" in wanted:
            require_choice_of_flow(request)
        customer = services.guest_called(
            **wanted.pop("guest"), is_vouched_for=not is_anonymous(request)
        )
        with on_record(request, "place order") as record:
            order = place(customer, wanted)
            record(order.id)
        token = consistency.beginning_of(order.id).token
        answer = {**placed_answer(order), "guest_token": services.guest_token(order.id)}
        return accepted(order.id, answer, token)
