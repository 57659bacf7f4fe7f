"""What the orders API takes and gives, field by field."""

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError

from orders.flows import FLOWS
from orders.models import OrderStatus, Product

MOST_LINES = 100
LARGEST_QUANTITY = 10_000


class WholeNumber(serializers.IntegerField):
    """A JSON number without a fraction; ``"3"``, ``3.0`` and ``true`` are refused."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class Text(serializers.CharField):
    """A JSON string, taken as it is; numbers are refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """A JSON boolean; ``"true"`` and ``1`` are refused."""

    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            self.fail("invalid", input=data)
        return data


class Strict(serializers.Serializer[Any]):
    """Refuses fields that it does not know, so that a client sees a typo at once."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(data.keys() - self.fields.keys())):
            raise ValidationError({name: ["Unknown field: leave it out."] for name in unknown})
        return super().to_internal_value(data)


class NewLineSerializer(Strict):
    """A product and how many of it."""

    sku = Text(max_length=40)
    quantity = WholeNumber(min_value=1, max_value=LARGEST_QUANTITY)


class NewOrderSerializer(Strict):
    """An order as a client asks for it; prices and totals are the server's."""

    lines = serializers.ListField(child=NewLineSerializer(), min_length=1, max_length=MOST_LINES)
    payment_method = Text(
        max_length=120,
        validators=[
            RegexValidator(
                r"^[A-Za-z][A-Za-z0-9_.:-]*\Z",
                "This is no payment token: send the gateway's token, never a card number.",
            )
        ],
        help_text="The payment gateway's token, such as `pm_card_visa`; never a card number.",
    )
    partial = Flag(  # type: ignore[assignment]  # DRF gives each instance an attribute of this name
        default=False,
        help_text=(
            "Send what there is, and the rest when it comes, as an order of its own; nothing is"
            " charged before its goods are held. Without it an order gets all its lines or none."
        ),
    )
    flow = serializers.ChoiceField(
        sorted(FLOWS), required=False, help_text="How the order is coordinated; staff only."
    )

    def validate_flow(self, flow: str) -> str:
        if not self.context["request"].user.is_staff:
            raise PermissionDenied("Only staff may choose the flow of an order: leave it out.")
        return flow


class PlacedOrderSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(OrderStatus.values)


class ProductSerializer(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = ("sku", "name", "unit_price", "currency")
