"""Products and prices in requests and responses."""

from datetime import datetime
from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from orders.models import Product, ProductPrice
from outbox.kit.http.fields import (
    Currency,
    Reason,
    SingleLine,
    Sku,
    Strict,
    Text,
    Truth,
    WholeNumber,
)

LARGEST_PRICE = 10**11
"""Minor units; the total of the largest order still fits its column."""


class Instant(serializers.DateTimeField):
    """A time as RFC 3339 text; numbers are refused."""

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str):
            self.fail("invalid", format="RFC 3339")
        return super().to_internal_value(value)


class Category(Text):
    """A word by which products are taxed and listed."""

    def __init__(self) -> None:
        super().__init__(
            max_length=40,
            required=False,
            allow_blank=True,
            validators=[
                RegexValidator(r"^[-a-zA-Z0-9_]*\Z", "Use letters, digits, hyphens, underscores.")
            ],
            help_text="A word such as `tea`, by which the product is taxed and listed.",
        )


class Price(WholeNumber):
    """A price of one unit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=LARGEST_PRICE, help_text="Minor units.", **options)


class PriceInSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    unit_price = serializers.IntegerField(help_text="Minor units.")


class Prices(serializers.ListField):
    """The present prices; currencies in which it is not sold any more are left out."""

    child = PriceInSerializer()

    def to_representation(self, data: Any) -> list[Any]:
        return [price for price in data if price["unit_price"] is not None]


class ProductSerializer(serializers.ModelSerializer[Product]):
    unit_price = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="Minor units of `currency`; null if it has no price now.",
    )
    currency = serializers.CharField(
        read_only=True, help_text="What orders are priced in unless they name another."
    )
    prices = Prices(read_only=True, help_text="The price in each currency.")

    class Meta:
        model = Product
        fields: tuple[str, ...] = ("sku", "name", "category", "unit_price", "currency", "prices")


class ProductDetailSerializer(ProductSerializer):
    class Meta(ProductSerializer.Meta):
        fields = (*ProductSerializer.Meta.fields, "for_sale", "active_from", "active_until")


class ChangedProductSerializer(Strict):
    """Changes to a product; missing fields stay."""

    name = SingleLine(max_length=200, required=False)
    category = Category()
    unit_price = Price(required=False)
    for_sale = Truth(required=False)
    active_from = Instant(required=False, allow_null=True, help_text="Not for sale before.")
    active_until = Instant(required=False, allow_null=True, help_text="Not for sale from then on.")
    reason = Reason()


class NewProductSerializer(ChangedProductSerializer):
    """A product to add."""

    sku = Sku()
    name = SingleLine(max_length=200)
    unit_price = Price()
    currency = Currency()
    for_sale = None  # type: ignore[assignment]  # a product on offer is for sale


class ProductPriceSerializer(serializers.ModelSerializer[ProductPrice]):
    sku = serializers.CharField(source="product_id")

    class Meta:
        model = ProductPrice
        fields = ("id", "sku", "currency", "unit_price", "since", "set_by", "set_at")


class NewPriceSerializer(Strict):
    """A price of a product in one currency, from a time on."""

    sku = Text(max_length=40)
    currency = Currency()
    unit_price = Price(allow_null=True)
    since = Instant(required=False, help_text="When it begins; now by default.")
    reason = Reason()
