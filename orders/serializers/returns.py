"""What goes back of an order, and what staff say who act for its customer."""

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
    """What staff say who act for a customer; customers need not."""

    reason = Reason(required=False)

    @classmethod
    def read_for(cls, request: Request, *, needs_reason: bool) -> dict[str, Any]:
        """Return the fields of a request's body.

        :raises ValidationError: something in it cannot be used, or the reason is missing.
        """
        fields = cls.read(request)
        if needs_reason and "reason" not in fields:
            raise ValidationError({"reason": ["Say why: the order is somebody else's."]})
        return fields


class LineToReturnSerializer(Strict):
    """Units of one line of an order."""

    number = WholeNumber(min_value=1, max_value=2**31 - 1, help_text="Its place in the order.")
    quantity = WholeNumber(min_value=1, max_value=LARGEST_QUANTITY)


class NewReturnSerializer(ActSerializer):
    """What of an order goes back."""

    lines = serializers.ListField(
        child=LineToReturnSerializer(), min_length=1, max_length=MOST_LINES
    )


class MadeRefundSerializer(serializers.Serializer[Any]):
    order_id = serializers.UUIDField()
    return_id = serializers.UUIDField(allow_null=True)
    amount = serializers.IntegerField(allow_null=True, help_text="Minor units that go back.")
    proposal_id = serializers.UUIDField(allow_null=True)


class NewRefundSerializer(Strict):
    """Money that goes back."""

    amount = WholeNumber(min_value=1, max_value=LARGEST_SUM, help_text="Minor units.")
    reason = Reason()


class AskedToCancelSerializer(PlacedOrderSerializer):
    """How the order stands now that it is to be undone, or that this is proposed."""

    proposal_id = serializers.UUIDField(allow_null=True)


class DecisionSerializer(Strict):
    """Why a proposed refund is made, or is not."""

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
