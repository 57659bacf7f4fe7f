"""Postal addresses in requests and responses."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from orders.models import AddressKind, CustomerAddress, OrderAddress
from orders.models.addresses import POSTAL
from orders.models.postal import COUNTRIES
from outbox.kit.http.fields import Identifier, SingleLine, Strict


class Country(serializers.ChoiceField):
    """The code of a country, in capitals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=COUNTRIES, help_text="ISO 3166-1 alpha-2.", **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return str(super().to_internal_value(data))


class AddressChangesSerializer(Strict):
    """Changes to an address; missing fields stay. The whole has to be an address there."""

    name = SingleLine(max_length=200, required=False, help_text="Who receives it.")
    company = SingleLine(max_length=200, required=False, allow_blank=True)
    street = SingleLine(max_length=200, required=False, help_text="Street and house.")
    extra = SingleLine(
        max_length=200, required=False, allow_blank=True, help_text="Flat, floor, care of."
    )
    postal_code = SingleLine(max_length=20, required=False, allow_blank=True)
    city = SingleLine(max_length=100, required=False, allow_blank=True)
    district = SingleLine(
        max_length=100, required=False, allow_blank=True, help_text="Part of a city."
    )
    region = SingleLine(
        max_length=100, required=False, allow_blank=True, help_text="State, province, county."
    )
    sorting_code = SingleLine(
        max_length=20, required=False, allow_blank=True, help_text="Such as CEDEX."
    )
    country = Country(required=False)
    phone = SingleLine(
        max_length=40, required=False, allow_blank=True, help_text="For the carrier."
    )


class NewAddressSerializer(AddressChangesSerializer):
    """An address. Which fields it needs, and what they may hold, is up to its country."""

    name = SingleLine(max_length=200, help_text="Who receives it.")
    street = SingleLine(max_length=200, help_text="Street and house.")
    country = Country()


class AddressSerializer(serializers.ModelSerializer[CustomerAddress]):
    class Meta:
        model = CustomerAddress
        fields = ("id", *POSTAL)
        read_only_fields = fields


class AddressListSerializer(serializers.Serializer[Any]):
    results = AddressSerializer(many=True)


class OrderAddressSerializer(serializers.ModelSerializer[OrderAddress]):
    """An address as it was when the order was placed."""

    kind = serializers.ChoiceField(AddressKind.values, read_only=True)

    class Meta:
        model = OrderAddress
        fields = ("kind", *POSTAL)
        read_only_fields = fields


class OrderAddressListSerializer(serializers.Serializer[Any]):
    results = OrderAddressSerializer(many=True)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "format": "uuid"},
            {"$ref": "#/components/schemas/NewAddress"},
        ]
    }
)
class AddressField(serializers.Field[Any, Any, Any, Any]):
    """The id of one of the customer's addresses, or another address."""

    _by_id = Identifier()

    def to_internal_value(self, data: Any) -> UUID | dict[str, str]:
        if isinstance(data, dict):
            fields: dict[str, str] = NewAddressSerializer().run_validation(data)
            return fields
        identifier: UUID = self._by_id.run_validation(data)
        return identifier
