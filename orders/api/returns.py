"""Return some of an order."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import services
from orders.api.access import is_theirs, on_record
from orders.api.answers import LOCATION, TOKEN, accepted
from orders.api.problems import GIVING_BACK
from orders.models import OrderReturn, RefundProposal
from orders.serializers.returns import MadeRefundSerializer, NewReturnSerializer
from outbox.kit.http.permissions import AUTHENTICATED


class OrderReturns(APIView):
    """Return units of some lines, and refund them."""

    needs: ClassVar = {"POST": AUTHENTICATED}
    scopes: ClassVar = {"POST": "orders:cancel"}
    refusals = GIVING_BACK

    @extend_schema(
        operation_id="orders_return",
        summary="Return some of an order",
        description=(
            "`number` is the line's number in the order, from 1. To return all of an order that "
            "was not sent is to cancel it: `return_id` is then null. Staff who return for a "
            "customer give a reason; above a limit per order this is a proposal that another "
            "person has to approve, and `proposal_id` is its id."
        ),
        request=NewReturnSerializer,
        responses={202: MadeRefundSerializer},
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
        by: Any = request.user
        wanted = NewReturnSerializer.read_for(request, needs_reason=not theirs)
        lines = [services.LineToReturn(**line) for line in wanted["lines"]]
        made: OrderReturn | RefundProposal | None
        if theirs:
            with on_record(request, "return lines") as record:
                made = services.request_return(
                    order_id=order_id, lines=lines, reason=wanted.get("reason", "")
                )
                record(order_id)
        else:
            made = services.return_for_customer(
                order_id=order_id, lines=lines, reason=wanted["reason"], by=by
            )
        content = {
            "order_id": order_id,
            "return_id": made.id if isinstance(made, OrderReturn) else None,
            "amount": made and made.amount,
            "proposal_id": made.id if isinstance(made, RefundProposal) else None,
        }
        return accepted(order_id, content)
