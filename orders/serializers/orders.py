"""Orders in requests and responses."""

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from orders.flows import FLOWS
from orders.models import OrderStatus, ReasonCode
from orders.pricing.vouchers import MOST as MOST_VOUCHERS
from orders.serializers.addresses import AddressField, Country
from orders.serializers.customers import LanguageField
from outbox.kit.http.fields import (
    Currency,
    Identifier,
    SingleLine,
    Strict,
    Text,
    Truth,
    WholeNumber,
)
from outbox.kit.skus import LONGEST_SKU

MOST_LINES = 1_200
"""Real invoices have more than a thousand. A return takes as many, so all can go at once."""
LARGEST_QUANTITY = 10_000
MOST_IMPORTED = 100
LARGEST_SUM = 2**53 - 1
"""Minor units; the largest whole number that every JSON reader reads exactly."""


class NewLineSerializer(Strict):
    """A product and how many of it."""

    sku = Text(max_length=LONGEST_SKU)
    quantity = WholeNumber(min_value=1, max_value=LARGEST_QUANTITY)


class Vouchers(serializers.ListField):
    """Codes of vouchers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            child=SingleLine(max_length=40),
            max_length=MOST_VOUCHERS,
            required=False,
            help_text="Codes; each takes something off the goods.",
            **options,
        )


class PricedRequestSerializer(serializers.Serializer[Any]):
    """What the price of a request depends on, and nothing else of it."""

    lines = serializers.ListField(child=NewLineSerializer(), min_length=1, max_length=MOST_LINES)
    currency = Currency(required=False)
    vouchers = Vouchers()
    country = Country(required=False)
    delivery_address = AddressField(required=False)


class NewOrderSerializer(Strict):
    """An order to place; prices and totals are the server's."""

    lines = serializers.ListField(
        child=NewLineSerializer(),
        min_length=1,
        max_length=MOST_LINES,
        required=False,
        help_text="Needed without a `quote_id`.",
    )
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
    partial = Truth(  # type: ignore[assignment]  # DRF gives each instance an attribute of this name
        default=False,
        help_text=(
            "Send what is in stock now, and the rest later as an order of its own; nothing is"
            " charged before its goods are held. If false, an order gets all its lines or none."
        ),
    )
    currency = Currency(required=False)
    vouchers = Vouchers()
    quote_id = Identifier(
        required=False,
        help_text="A quote: the order costs what it says. What else is sent has to agree with it.",
    )
    expected_total = WholeNumber(
        required=False,
        min_value=0,
        max_value=LARGEST_SUM,
        help_text="Minor units; if the total differs, nothing is ordered (409).",
    )
    delivery_address = AddressField(
        required=False,
        help_text=(
            "The id of one of the customer's addresses, or another one. The order keeps it as it "
            "is now, and its country is the order's."
        ),
    )
    billing_address = AddressField(required=False, help_text="The same, for the bill.")
    flow = serializers.ChoiceField(
        sorted(FLOWS), required=False, help_text="How the order is coordinated; staff only."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an order without lines that takes no quote."""
        if "lines" not in attrs and "quote_id" not in attrs:
            raise ValidationError({"lines": ["Send lines, or the id of a quote."]})
        return attrs


class GuestSerializer(Strict):
    """Who orders without an account."""

    email = serializers.EmailField(max_length=254)
    name = SingleLine(max_length=200)
    language = LanguageField(help_text="Of letters, to a guest who is not known yet.")


class GuestOrderSerializer(NewOrderSerializer):
    """An order of a guest; it takes whole addresses."""

    guest = GuestSerializer()


class PlacedOrderSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.CharField(help_text="What people call the order.")
    status = serializers.ChoiceField(OrderStatus.values)


class PlacedForGuestSerializer(PlacedOrderSerializer):
    guest_token = serializers.CharField(
        help_text="Sent as `Guest-Token`, it opens this order to its holder for 30 days."
    )


class OrderEndSerializer(PlacedOrderSerializer):
    reason_code = serializers.ChoiceField(["", *ReasonCode.values])


class ImportedOrderSerializer(NewOrderSerializer):
    """An order of another system, under its number there."""

    partial = None  # type: ignore[assignment]  # its lines would change while it is sent again
    vouchers = quote_id = None  # type: ignore[assignment]  # its price is agreed
    lines = serializers.ListField(child=NewLineSerializer(), min_length=1, max_length=MOST_LINES)
    reference = SingleLine(max_length=80)
    customer = Identifier(help_text="The customer's id.")


class ImportSerializer(Strict):
    orders = serializers.ListField(
        child=ImportedOrderSerializer(), min_length=1, max_length=MOST_IMPORTED
    )


class ImportedSerializer(serializers.Serializer[Any]):
    """The result of one import: an order, or a problem."""

    reference = serializers.CharField()
    id = serializers.UUIDField(required=False)
    number = serializers.CharField(required=False, help_text="What people call the order.")
    status = serializers.ChoiceField(OrderStatus.values, required=False)
    problem = serializers.CharField(required=False, help_text="Why it was not placed.")


class ImportResultSerializer(serializers.Serializer[Any]):
    results = ImportedSerializer(many=True)
