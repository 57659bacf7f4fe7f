"""Returns and what came back of them, in requests and responses."""

from typing import Any

from rest_framework import serializers

from orders.models import OrderReturn, ReturnStatus
from orders.serializers.orders import LARGEST_QUANTITY, MOST_LINES
from outbox.kit.http.fields import Strict, WholeNumber


class ReceivedLineSerializer(Strict):
    """Units of one line of an order that came back."""

    number = WholeNumber(
        min_value=1, max_value=2**31 - 1, help_text="Its number in the order, from 1."
    )
    restocked = WholeNumber(
        min_value=0, max_value=LARGEST_QUANTITY, default=0, help_text="Units for sale again."
    )
    written_off = WholeNumber(
        min_value=0, max_value=LARGEST_QUANTITY, default=0, help_text="Units that are not."
    )


class GoodsBackSerializer(Strict):
    """What came back."""

    lines = serializers.ListField(
        child=ReceivedLineSerializer(), min_length=1, max_length=MOST_LINES
    )


class LineOfReturnSerializer(serializers.Serializer[Any]):
    """Units of a line in a return."""

    number = serializers.IntegerField(min_value=1)
    sku = serializers.CharField()
    quantity = serializers.IntegerField(min_value=1)


class ListedReturnSerializer(serializers.ModelSerializer[OrderReturn]):
    """A return or refund. Amounts are in minor units.

    One that waits for its goods (`expected`) has no `lines` and no `amount` before they are back.
    """

    status = serializers.ChoiceField(ReturnStatus.values, read_only=True)
    currency = serializers.CharField(source="order.currency", read_only=True)
    lines = LineOfReturnSerializer(many=True, read_only=True, allow_null=True)
    written_off = LineOfReturnSerializer(many=True, read_only=True)
    expected_lines = LineOfReturnSerializer(many=True, read_only=True)

    class Meta:
        model = OrderReturn
        fields = (
            "id",
            "order_id",
            "status",
            "amount",
            "currency",
            "lines",
            "written_off",
            "expected_lines",
            "expected_amount",
            "expected_until",
            "reason",
            "requested_at",
            "received_at",
            "received_by",
            "given_up_at",
            "given_up_because",
            "completed_at",
        )
        read_only_fields = fields


class ReturnStateSerializer(serializers.Serializer[Any]):
    """A return after a request. `amount` is what is refunded, in minor units."""

    return_id = serializers.UUIDField()
    order_id = serializers.UUIDField()
    status = serializers.ChoiceField(ReturnStatus.values)
    amount = serializers.IntegerField(min_value=0)
