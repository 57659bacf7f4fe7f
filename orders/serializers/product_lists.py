"""Lists of products in requests and responses."""

from typing import Any

from rest_framework import serializers

from outbox.kit.http.fields import Reason, Strict, Text

LONGEST_LIST = 200_000
"""Characters; a body has room for as many."""


class ProductListSerializer(Strict):
    csv = Text(max_length=LONGEST_LIST, help_text="A header and rows, as the export has them.")


class ProductImportSerializer(ProductListSerializer):
    digest = Text(max_length=40, help_text="That of the preview.")
    reason = Reason()


class ProductChangeSerializer(serializers.Serializer[Any]):
    """What a row changes; `unit_price` is in minor units of `currency`."""

    line = serializers.IntegerField()
    sku = serializers.CharField()
    what = serializers.ChoiceField(["add", "change", "price"])
    currency = serializers.CharField()
    before = serializers.DictField()
    after = serializers.DictField()


class ListProblemSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    detail = serializers.CharField()


class ProductPlanSerializer(serializers.Serializer[Any]):
    """What a list would change, and what is wrong with it."""

    digest = serializers.CharField()
    changes = ProductChangeSerializer(many=True)
    problems = ListProblemSerializer(many=True)


class ImportedProductsSerializer(serializers.Serializer[Any]):
    changed = serializers.IntegerField(help_text="How many changes were made.")
