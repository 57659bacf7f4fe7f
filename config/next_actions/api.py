"""Read what the customer has to do so that an order goes on."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders.api.access import is_theirs
from outbox.kit.http.permissions import AUTHENTICATED
from payments.services import action_required_of

EXAMPLE = "01936f2e-8b1c-7c3d-9a4e-5f60718293a4"


class ActionSerializer(serializers.Serializer[Any]):
    """What the customer needs to confirm the payment with the bank."""

    type = serializers.ChoiceField(["confirm_payment"])
    gateway = serializers.CharField(help_text="Whose library takes the client secret.")
    client_secret = serializers.CharField(
        allow_blank=True, help_text="For the gateway's library in the browser; empty if none."
    )
    redirect_to = serializers.CharField(
        allow_blank=True, help_text="The page to send the customer to; empty if none."
    )
    until = serializers.DateTimeField(help_text="After that the payment is canceled.")


class NextActionSerializer(serializers.Serializer[Any]):
    order_id = serializers.UUIDField()
    next_action = ActionSerializer(allow_null=True)


class ReadNextAction(APIView):
    """What the customer has to do, if anything."""

    needs: ClassVar = {"GET": AUTHENTICATED}
    scopes: ClassVar = {"GET": "orders:place"}
    guests: ClassVar = ("GET",)

    @extend_schema(
        operation_id="orders_next_action",
        summary="Read what the customer has to do",
        description=(
            "While an order's `payment_status` is `awaiting_customer`, the customer has to confirm "
            "the payment with the bank: hand `client_secret` to the gateway's library in the "
            "browser, or send the customer to `redirect_to`. Otherwise `next_action` is null. Only "
            "the order's own customer, or the guest, may read it; it is a secret."
        ),
        responses=NextActionSerializer,
        examples=[
            OpenApiExample(
                "The bank asks",
                {
                    "order_id": EXAMPLE,
                    "next_action": {
                        "type": "confirm_payment",
                        "gateway": "stripe",
                        "client_secret": "pi_3Abc_secret_xyz",
                        "redirect_to": "",
                        "until": "2026-01-31T12:30:00Z",
                    },
                },
                response_only=True,
            ),
            OpenApiExample(
                "Nothing to do", {"order_id": EXAMPLE, "next_action": None}, response_only=True
            ),
        ],
        tags=["orders"],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        if not is_theirs(request, order_id):
            raise NotFound("There is no such order.")
        required = action_required_of(order_id)
        action = required and {
            "type": "confirm_payment",
            "gateway": required.operation.payment.gateway,
            "client_secret": required.client_secret,
            "redirect_to": required.address and request.build_absolute_uri(required.address),
            "until": required.operation.postponed_until,
        }
        content = NextActionSerializer({"order_id": order_id, "next_action": action})
        return Response(content.data)
