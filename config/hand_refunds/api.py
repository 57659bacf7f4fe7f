"""Enter a hand refund by the API."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.hand_refunds.entering import PERMISSION, HandRefund, refund_by_hand
from orders.api.answers import LOCATION, TOKEN, accepted
from orders.api.problems import GIVING_BACK
from orders.models import RefundProposal
from orders.sagas.operators.interventions import LONGEST_REFERENCE
from orders.serializers.orders import LARGEST_SUM
from outbox.kit.http.fields import Reason, SingleLine, Strict, WholeNumber
from outbox.kit.texts import LONGEST_REASON


class NewHandRefundSerializer(Strict):
    """A refund that a human made outside of the gateway."""

    amount = WholeNumber(min_value=1, max_value=LARGEST_SUM, help_text="Minor units.")
    how = SingleLine(max_length=LONGEST_REASON, help_text="The method of payment: `bank transfer`.")
    reference = SingleLine(
        max_length=LONGEST_REFERENCE,
        required=False,
        help_text="Where it can be looked up, such as the number of the transfer.",
    )
    reason = Reason()


class MadeHandRefundSerializer(serializers.Serializer[Any]):
    order_id = serializers.UUIDField()
    amount = serializers.IntegerField(help_text="Minor units.")
    proposal_id = serializers.UUIDField(allow_null=True)


class RefundByHand(APIView):
    """Record a hand refund; the gateway refunds only the rest."""

    needs: ClassVar = {"POST": PERMISSION}
    refusals = GIVING_BACK

    @extend_schema(
        operation_id="orders_refund_by_hand",
        summary="Enter a refund that was made by hand",
        description=(
            "For money that was refunded outside of the gateway, at any time. For a cancelled "
            "order it counts towards all that is left; otherwise it pays the oldest unpaid return, "
            "or refunds money while the customer keeps the goods. `amount` is in minor units of "
            "the order's currency. Above a limit per order this is a proposal that another person "
            "has to approve; `proposal_id` names it."
        ),
        request=NewHandRefundSerializer,
        responses={202: MadeHandRefundSerializer},
        parameters=[LOCATION, TOKEN],
        examples=[
            OpenApiExample(
                "A bank transfer",
                {
                    "amount": 1250,
                    "how": "bank transfer",
                    "reference": "transfer 7",
                    "reason": "the card was closed",
                },
                request_only=True,
            )
        ],
        tags=["orders"],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        wanted = NewHandRefundSerializer.read(request)
        reason = wanted.pop("reason")
        by: Any = request.user
        made = refund_by_hand(order_id=order_id, made=HandRefund(**wanted), reason=reason, by=by)
        content = {
            "order_id": order_id,
            "amount": made.amount,
            "proposal_id": made.id if isinstance(made, RefundProposal) else None,
        }
        return accepted(order_id, content)
