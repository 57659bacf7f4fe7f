"""Take back some of an order."""

from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import services
from orders.api.answers import LOCATION, TOKEN, accepted
from orders.api.problems import NotReturnable
from orders.api.whose import is_theirs
from orders.models import IllegalMove
from orders.serializers.returns import MadeReturnSerializer, NewReturnSerializer


class ReturnLines(APIView):
    """Return units of some lines; their money goes back with them."""

    @extend_schema(
        operation_id="orders_return",
        summary="Return some of an order",
        description=(
            "Units of lines by their number in the order, from 1. Everything of an order whose "
            "goods have not left is a cancellation: then `return_id` is null. Staff who return "
            "for a customer say why."
        ),
        request=NewReturnSerializer,
        responses={202: MadeReturnSerializer},
        parameters=[LOCATION, TOKEN],
        examples=[
            OpenApiExample(
                "One unit of the first line",
                {"lines": [{"number": 1, "quantity": 1}], "reason": "broken"},
                request_only=True,
            )
        ],
        tags=["orders"],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        theirs = is_theirs(request, order_id)
        wanted = NewReturnSerializer.read_for(request, needs_reason=not theirs)
        lines = [services.LineToReturn(**line) for line in wanted["lines"]]
        try:
            if theirs:
                made = services.request_return(
                    order_id=order_id, lines=lines, reason=wanted.get("reason", "")
                )
            else:
                made = services.return_for_customer(
                    order_id=order_id,
                    lines=lines,
                    reason=wanted["reason"],
                    actor=request.user.get_username(),
                )
        except (services.ReturnRefused, IllegalMove) as error:
            raise NotReturnable(str(error)) from error
        content = {
            "order_id": order_id,
            "return_id": made and made.id,
            "amount": made and made.amount,
        }
        return accepted(order_id, content)
