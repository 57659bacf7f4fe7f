"""Cancel an order."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import services
from orders.api.access import is_theirs, on_record
from orders.api.answers import LOCATION, TOKEN, WAIT, accepted
from orders.api.problems import CANCELLING
from orders.models import Order, ReasonCode, RefundProposal
from orders.serializers.orders import OrderEndSerializer
from orders.serializers.returns import ActSerializer, AskedToCancelSerializer
from outbox.kit.http.permissions import AUTHENTICATED


class OrderCancellation(APIView):
    """Cancel an order and compensate what has been done for it."""

    needs: ClassVar = {"POST": AUTHENTICATED}
    scopes: ClassVar = {"POST": "orders:cancel"}
    refusals = CANCELLING

    @extend_schema(
        operation_id="orders_cancel",
        summary="Cancel an order",
        description=(
            "Requests the cancellation and answers at once; charges are refunded and reserved "
            "goods released afterwards. Asking again changes nothing. Staff who cancel for a "
            "customer give a reason; above a limit per order this is a proposal that another "
            "person has to approve, and `proposal_id` is its id."
        ),
        request=ActSerializer,
        responses={200: OrderEndSerializer, 202: AskedToCancelSerializer},
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
        asked: Order | RefundProposal
        if theirs:
            with on_record(request, "cancel order") as record:
                asked = services.request_cancellation(
                    order_id=order_id, reason_code=ReasonCode.CANCELLED_BY_CUSTOMER
                )
                record(order_id)
        else:
            by: Any = request.user
            asked = services.cancel_for_customer(order_id=order_id, **wanted, by=by)
        proposal = asked if isinstance(asked, RefundProposal) else None
        order = asked.order if isinstance(asked, RefundProposal) else asked
        content = {
            "id": order_id,
            "number": order.number,
            "status": order.status,
            "proposal_id": proposal and proposal.id,
        }
        return accepted(order_id, content)
