"""Quotes in requests and responses."""

from typing import Any

from rest_framework import serializers

from orders.models import AdjustmentKind
from orders.serializers.addresses import Country
from orders.serializers.orders import MOST_LINES, NewLineSerializer, Vouchers
from outbox.kit.http.fields import Currency, Strict


class NewQuoteSerializer(Strict):
    """What is to be priced."""

    lines = serializers.ListField(child=NewLineSerializer(), min_length=1, max_length=MOST_LINES)
    currency = Currency(required=False)
    vouchers = Vouchers()
    country = Country(required=False)


class QuotedLineSerializer(serializers.Serializer[Any]):
    """A line; `amount` is that of all its units, without adjustments."""

    number = serializers.IntegerField(min_value=1)
    sku = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    quantity = serializers.IntegerField(min_value=1)
    unit_price = serializers.IntegerField(min_value=0)
    amount = serializers.IntegerField(min_value=0)


class QuotedAdjustmentSerializer(serializers.Serializer[Any]):
    """An amount beside the lines, below 0 if it is taken off; an `included` one adds nothing."""

    kind = serializers.ChoiceField(AdjustmentKind.values)
    amount = serializers.IntegerField()
    reason = serializers.CharField()
    line = serializers.IntegerField(min_value=1, allow_null=True)
    included = serializers.BooleanField()
    rate = serializers.CharField(allow_null=True, help_text="Of a tax, in per cent.")
    jurisdiction = serializers.CharField(allow_blank=True, help_text="Whose tax it is.")


class QuoteSerializer(serializers.Serializer[Any]):
    """What an order costs until it expires. Amounts are minor units of `currency`."""

    id = serializers.UUIDField()
    expires_at = serializers.DateTimeField()
    amount = serializers.IntegerField(min_value=0, help_text="What the customer pays in all.")
    currency = serializers.CharField()
    country = serializers.CharField(allow_blank=True)
    lines = QuotedLineSerializer(many=True)
    adjustments = QuotedAdjustmentSerializer(many=True)
