"""Lists of customers in requests and responses."""

from typing import Any

from rest_framework import serializers

from orders.serializers.product_lists import ListProblemSerializer, ProductListSerializer
from outbox.kit.http.fields import Reason, Text


class CustomerListSerializer(ProductListSerializer):
    pass


class CustomerImportSerializer(CustomerListSerializer):
    digest = Text(max_length=40, help_text="That of the preview.")
    reason = Reason()


class CustomerChangeSerializer(serializers.Serializer[Any]):
    """What a row changes; `customer_id` is null for a customer who is added."""

    line = serializers.IntegerField()
    customer_id = serializers.UUIDField(allow_null=True)
    reference = serializers.CharField(allow_blank=True)
    what = serializers.ChoiceField(["add", "change"])
    before = serializers.DictField(child=serializers.CharField(allow_blank=True))
    after = serializers.DictField(child=serializers.CharField(allow_blank=True))


class CustomerPlanSerializer(serializers.Serializer[Any]):
    """What a list would change, and what is wrong with it."""

    digest = serializers.CharField()
    changes = CustomerChangeSerializer(many=True)
    problems = ListProblemSerializer(many=True)


class ImportedCustomersSerializer(serializers.Serializer[Any]):
    changed = serializers.IntegerField(help_text="How many customers were added or changed.")
