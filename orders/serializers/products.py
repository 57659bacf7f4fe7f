"""Products in requests and responses."""

from rest_framework import serializers

from orders.models import Product
from outbox.kit.http.fields import Currency, Reason, SingleLine, Sku, Strict, Truth, WholeNumber

LARGEST_PRICE = 10**11
"""Minor units; the total of the largest order still fits its column."""


class ProductSerializer(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields: tuple[str, ...] = ("sku", "name", "unit_price", "currency")


class ProductDetailSerializer(ProductSerializer):
    class Meta(ProductSerializer.Meta):
        fields = (*ProductSerializer.Meta.fields, "for_sale")


class NewProductSerializer(Strict):
    """A product to add."""

    sku = Sku()
    name = SingleLine(max_length=200)
    unit_price = WholeNumber(min_value=0, max_value=LARGEST_PRICE, help_text="Minor units.")
    currency = Currency()
    reason = Reason()


class ChangedProductSerializer(Strict):
    """Changes to a product; missing fields stay."""

    name = SingleLine(max_length=200, required=False)
    unit_price = WholeNumber(
        min_value=0, max_value=LARGEST_PRICE, required=False, help_text="Minor units."
    )
    for_sale = Truth(required=False)
    reason = Reason()
