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
from orders.serializers.returns import (
    ClosingSerializer,
    MadeRefundSerializer,
    NewReturnSerializer,
)
from outbox.kit.http.permissions import AUTHENTICATED


class CloseOrder(APIView):
    """Give up what has not left of an order that left in part."""

    needs: ClassVar = {"POST": "orders.change_order"}
    refusals = GIVING_BACK

    @extend_schema(
        operation_id="orders_close",
        summary="Give up the rest of an order",
        description=(
            "What has not left is not sent any more: it is refunded, or not captured if it was "
            "only authorized. The order is then fulfilled. Above a limit per order this is a "
            "proposal that another person has to approve, and `proposal_id` is its id. "
            "Of a fulfilled order nothing is left: `return_id` is then null."
        ),
        request=ClosingSerializer,
        responses={202: MadeRefundSerializer},
        parameters=[LOCATION, TOKEN],
        examples=[
            OpenApiExample("Out of stock", {"reason": "the rest is broken"}, request_only=True)
        ],
        tags=["shipments"],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        wanted = ClosingSerializer.read(request)
        by: Any = request.user
        made = services.close_by_staff(order_id=order_id, reason=wanted["reason"], by=by)
        return accepted(order_id, _as_content(order_id, made))


class OrderReturns(APIView):
    """Return units of some lines, and refund them."""

    needs: ClassVar = {"POST": AUTHENTICATED}
    scopes: ClassVar = {"POST": "orders:cancel"}
    refusals = GIVING_BACK

    @extend_schema(
        operation_id="orders_return",
        summary="Return some of an order",
        description=(
            "`number` is the line's number in the order, from 1. Goods that had left are refunded "
            "when they are back, unless the shop refunds at once: they have to come until "
            "`expected_until`, and `amount` is what they are worth now. To return all of an order "
            "that was not sent is to cancel it: `return_id` is then null. Staff who return for a "
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
        return accepted(order_id, _as_content(order_id, made))


def _as_content(order_id: UUID, made: OrderReturn | RefundProposal | None) -> dict[str, Any]:
    content: dict[str, Any] = {
        "order_id": order_id,
        "return_id": None,
        "amount": None,
        "expected_until": None,
        "proposal_id": None,
    }
    if isinstance(made, RefundProposal):
        content |= {"proposal_id": made.id, "amount": made.amount}
    elif made:
        amount = made.amount or made.expected_amount
        content |= {
            "return_id": made.id,
            "amount": amount,
            "expected_until": made.expected_until,
        }
    return content
