"""Cancel an order."""

from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import services
from orders.api.answers import LOCATION, TOKEN, WAIT, accepted
from orders.api.problems import NotCancellable
from orders.api.whose import is_theirs
from orders.models import IllegalMove, ReasonCode
from orders.serializers.orders import OrderEndSerializer, PlacedOrderSerializer
from orders.serializers.returns import ActSerializer


class CancelOrder(APIView):
    """Undo an order, whatever has been done of it."""

    @extend_schema(
        operation_id="orders_cancel",
        summary="Cancel an order",
        description=(
            "Announces that the order is to be undone and answers at once; what was charged is "
            "given back, what was reserved is released. Asking again changes nothing. Staff who "
            "cancel for a customer say why."
        ),
        request=ActSerializer,
        responses={200: OrderEndSerializer, 202: PlacedOrderSerializer},
        parameters=[LOCATION, TOKEN, WAIT],
        examples=[
            OpenApiExample("By the customer", {}, request_only=True),
            OpenApiExample("By staff", {"reason": "asked for by telephone"}, request_only=True),
        ],
        tags=["orders"],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        theirs = is_theirs(request, order_id)
        wanted = ActSerializer.read_for(request, needs_reason=not theirs)
        try:
            if theirs:
                order = services.request_cancellation(
                    order_id=order_id, reason_code=ReasonCode.CANCELLED_BY_CUSTOMER
                )
            else:
                order = services.cancel_for_customer(
                    order_id=order_id, **wanted, actor=request.user.get_username()
                )
        except IllegalMove as error:
            raise NotCancellable(str(error)) from error
        return accepted(order_id, {"id": order_id, "status": order.status})
