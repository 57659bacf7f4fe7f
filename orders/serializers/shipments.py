"""Shipments in requests and responses."""

from typing import Any

from rest_framework import serializers

from orders.models import Shipment, ShipmentStatus
from orders.models.shipments import LONGEST_CARRIER, LONGEST_TRACKING
from orders.serializers.orders import LARGEST_QUANTITY, MOST_LINES
from outbox.kit.http.fields import SingleLine, Strict, WholeNumber


class LineToPackSerializer(Strict):
    """Units of one line of an order."""

    number = WholeNumber(
        min_value=1, max_value=2**31 - 1, help_text="Its number in the order, from 1."
    )
    quantity = WholeNumber(min_value=1, max_value=LARGEST_QUANTITY)


class NewShipmentSerializer(Strict):
    """Lines to pack."""

    lines = serializers.ListField(
        child=LineToPackSerializer(),
        required=False,
        min_length=1,
        max_length=MOST_LINES,
        help_text="Without lines, all that is left to pack.",
    )
    reference = SingleLine(
        required=False,
        max_length=80,
        help_text="Your own number of the shipment; one with it is packed once.",
    )


class DispatchSerializer(Strict):
    """Who carries a shipment."""

    carrier = SingleLine(required=False, max_length=LONGEST_CARRIER)
    tracking = SingleLine(
        required=False, max_length=LONGEST_TRACKING, help_text="The carrier's number of it."
    )


class PackedLineSerializer(serializers.Serializer[Any]):
    """Units of a line in a shipment."""

    number = serializers.IntegerField(source="line.number", min_value=1)
    sku = serializers.CharField(source="line.sku")
    quantity = serializers.IntegerField(min_value=1)


class PackedShipmentSerializer(serializers.ModelSerializer[Shipment]):
    """A shipment. `amount` is what its units are worth, once its dispatch has begun."""

    status = serializers.ChoiceField(ShipmentStatus.values, read_only=True)
    lines = PackedLineSerializer(many=True, read_only=True)

    class Meta:
        model = Shipment
        fields = (
            "id",
            "order_id",
            "status",
            "amount",
            "carrier",
            "tracking",
            "reference",
            "packed_by",
            "packed_at",
            "dispatched_by",
            "dispatched_at",
            "held_back",
            "lines",
        )
        read_only_fields = fields


class ShipmentStateSerializer(serializers.Serializer[Any]):
    """A shipment after a request."""

    shipment_id = serializers.UUIDField()
    order_id = serializers.UUIDField()
    status = serializers.ChoiceField(ShipmentStatus.values)
