"""Returns, refunds and cancellations in requests and responses."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from orders.models import RefundProposal
from orders.serializers.orders import (
    LARGEST_QUANTITY,
    LARGEST_SUM,
    MOST_LINES,
    PlacedOrderSerializer,
)
from outbox.kit.http.fields import Reason, Strict, WholeNumber


class ActSerializer(Strict):
    """The reason of an act on an order; staff who act for a customer must give one."""

    reason = Reason(required=False)

    @classmethod
    def read_for(cls, request: Request, *, needs_reason: bool) -> dict[str, Any]:
        """Return the fields of a request's body.

        :raises ValidationError: a field is invalid, or the reason is missing.
        """
        fields = cls.read(request)
        if needs_reason and "reason" not in fields:
            raise ValidationError(
                {"reason": ["Give a reason: the order belongs to another customer."]}
            )
        return fields


class LineToReturnSerializer(Strict):
    """Units of one line of an order."""

    number = WholeNumber(
        min_value=1, max_value=2**31 - 1, help_text="Its number in the order, from 1."
    )
    quantity = WholeNumber(min_value=1, max_value=LARGEST_QUANTITY)


class NewReturnSerializer(ActSerializer):
    """Lines to return."""

    lines = serializers.ListField(
        child=LineToReturnSerializer(), min_length=1, max_length=MOST_LINES
    )


class MadeRefundSerializer(serializers.Serializer[Any]):
    order_id = serializers.UUIDField()
    return_id = serializers.UUIDField(allow_null=True)
    amount = serializers.IntegerField(allow_null=True, help_text="The refund in minor units.")
    expected_until = serializers.DateTimeField(
        allow_null=True, help_text="By when its goods have to be back."
    )
    proposal_id = serializers.UUIDField(allow_null=True)


class NewRefundSerializer(Strict):
    """An amount to refund."""

    amount = WholeNumber(min_value=1, max_value=LARGEST_SUM, help_text="Minor units.")
    reason = Reason()


class AskedToCancelSerializer(PlacedOrderSerializer):
    """The order's status after its cancellation was requested or proposed."""

    proposal_id = serializers.UUIDField(allow_null=True)


class ClosingSerializer(Strict):
    """Why the rest of an order is given up."""

    reason = Reason()


class DecisionSerializer(Strict):
    """The reason of a decision on a proposed refund."""

    reason = Reason()


class DecidedSerializer(serializers.Serializer[Any]):
    proposal_id = serializers.UUIDField()
    order_id = serializers.UUIDField()


class RefundProposalSerializer(serializers.ModelSerializer[RefundProposal]):
    class Meta:
        model = RefundProposal
        fields = (
            "id",
            "order_id",
            "act",
            "amount",
            "reason",
            "proposed_by",
            "proposed_at",
            "decided_by",
            "decided_at",
            "approved",
        )
        read_only_fields = fields
