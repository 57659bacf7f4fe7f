"""Customers in requests and responses."""

from rest_framework import serializers

from orders.languages import LANGUAGES
from orders.models import Customer
from outbox.kit.http.fields import Reason, SingleLine, Strict


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    email = serializers.CharField(read_only=True, help_text="Empty where none is known.")

    class Meta:
        model = Customer
        fields = ("id", "name", "email", "country", "language", "reference")
        read_only_fields = fields


class Email(serializers.EmailField):
    """An address, or none."""

    def __init__(self) -> None:
        super().__init__(max_length=254, required=False, allow_blank=True)


class LanguageField(serializers.ChoiceField):
    """A language of letters; what the shop speaks if it is left out."""

    def __init__(self, help_text: str) -> None:
        super().__init__(sorted(LANGUAGES), required=False, help_text=help_text)


class ProfileSerializer(Strict):
    """Changes to a customer's own profile; missing fields stay."""

    name = SingleLine(max_length=200, required=False)
    email = Email()
    country = SingleLine(max_length=60, required=False, allow_blank=True)
    language = LanguageField(help_text="Of mails about orders placed from now on.")


class CorrectedCustomerSerializer(ProfileSerializer):
    reason = Reason()


class NewCustomerSerializer(CorrectedCustomerSerializer):
    """A customer whom staff add."""

    name = SingleLine(max_length=200)
    reference = SingleLine(max_length=80, required=False)
    account = SingleLine(max_length=150, required=False, help_text="A user name.")
