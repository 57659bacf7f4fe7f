"""Products as everybody sees them, and as staff change them."""

from django.core.validators import RegexValidator
from rest_framework import serializers

from orders.models import Product
from outbox.fields import Line, Reason, Strict, Text, Truth, WholeNumber

LONGEST_SKU = 40
LARGEST_PRICE = 10**11
"""Minor units; the largest order of such goods is a number that a column can hold."""

_SKU = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z", "Letters, digits, and . _ - between.")
_CURRENCY = RegexValidator(r"^[A-Z]{3}\Z", "Three capital letters (ISO 4217), such as GBP.")


class ProductSerializer(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields: tuple[str, ...] = ("sku", "name", "unit_price", "currency")


class ProductDetailSerializer(ProductSerializer):
    class Meta(ProductSerializer.Meta):
        fields = (*ProductSerializer.Meta.fields, "for_sale")


class NewProductSerializer(Strict):
    """Something that is put up for sale."""

    sku = Text(max_length=LONGEST_SKU, validators=[_SKU])
    name = Line(max_length=200)
    unit_price = WholeNumber(min_value=0, max_value=LARGEST_PRICE, help_text="Minor units.")
    currency = Text(max_length=3, validators=[_CURRENCY])
    reason = Reason()


class ChangedProductSerializer(Strict):
    """What is to be changed; everything else stays."""

    name = Line(max_length=200, required=False)
    unit_price = WholeNumber(
        min_value=0, max_value=LARGEST_PRICE, required=False, help_text="Minor units."
    )
    for_sale = Truth(required=False)
    reason = Reason()
