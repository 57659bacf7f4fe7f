"""Accounts of customers in requests and responses."""

from typing import Any

from rest_framework import serializers

from orders.models import ConfirmationPurpose
from orders.serializers.customers import LanguageField
from outbox.kit.http.fields import SingleLine, Strict, Text

LONGEST_PASSWORD = 1_000
"""Characters; a hash of more would cost time."""


class Password(Text):
    """A password, taken as typed and never answered."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_PASSWORD, write_only=True, **options)


class MailboxSerializer(Strict):
    email = serializers.EmailField(max_length=254)
    language = LanguageField(help_text="Of the mail, unless the account has one.")


class SignUpSerializer(MailboxSerializer):
    """Who wants an account."""

    name = SingleLine(max_length=200)


class SignInSerializer(Strict):
    email = serializers.EmailField(max_length=254)
    password = Password()


class ConfirmedSerializer(Strict):
    """What a mail has brought."""

    token = Text(max_length=200, help_text="Of the link in the mail.")
    password = Password(
        required=False, help_text="What to sign in with; needed unless an address is changed."
    )


class PurposeSerializer(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(ConfirmationPurpose.values)


class NewPasswordSerializer(Strict):
    password = Password(help_text="The one that is valid now.")
    new_password = Password()


class OwnPasswordSerializer(Strict):
    password = Password(help_text="The one that is valid now.")


class SessionSerializer(serializers.Serializer[Any]):
    """A browser's session; `customer_id` is null unless a customer is signed in."""

    customer_id = serializers.UUIDField(allow_null=True)
    csrf_token = serializers.CharField(help_text="Send it as `X-CSRFToken` with what changes.")
