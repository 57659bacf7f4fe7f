"""E-mail addresses that have to be confirmed."""

from datetime import timedelta
from typing import ClassVar, Final

from django.core import signing
from django.db import models
from uuid_utils.compat import uuid7

from orders.models.customers import Customer
from outbox.kit.clock import database_now

_SIGNER: Final = signing.Signer(salt="orders.email_confirmation")


class ConfirmationPurpose(models.TextChoices):
    SIGN_UP = "sign_up"
    PASSWORD = "password", "new password"
    EMAIL = "email", "other e-mail address"
    NO_ACCOUNT = "no_account", "telling that there is no account"


VALID_FOR: Final = {
    ConfirmationPurpose.SIGN_UP: timedelta(hours=24),
    ConfirmationPurpose.EMAIL: timedelta(hours=24),
    ConfirmationPurpose.PASSWORD: timedelta(hours=1),
    ConfirmationPurpose.NO_ACCOUNT: timedelta(0),
}


class EmailConfirmation(models.Model):
    """A mail whose reader proves that an address is theirs, by a token that is never stored.

    The token is the row's id with a signature (``SECRET_KEY``), and is made when the mail is sent.
    It works once, and only until ``VALID_FOR`` is over.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(max_length=10, choices=ConfirmationPurpose)
    email = models.EmailField()
    name = models.CharField(max_length=200, blank=True, help_text="Of who signs up.")
    language = models.CharField(
        max_length=10,
        blank=True,
        default="",
        db_default="",
        help_text="Of the mail; the shop's, if empty.",
    )
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE)
    requested_at = models.DateTimeField(default=database_now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "e-mail confirmation"
        indexes: ClassVar = [models.Index(fields=["email"], name="orders_confirmation_email")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(purpose__in=ConfirmationPurpose.values),
                name="orders_confirmation_purpose",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def token(self) -> str:
        """What the mail carries; its holder proves to have read the mail."""
        return _SIGNER.sign(self.id.hex)

    @property
    def is_valid(self) -> bool:
        """Whether the token may still be used."""
        valid_until = self.requested_at + VALID_FOR[ConfirmationPurpose(self.purpose)]
        return self.used_at is None and database_now() < valid_until


def ids_in(token: str) -> list[str]:
    """Return the id of the confirmation that a token belongs to; none if it is forged."""
    try:
        return [_SIGNER.unsign(token)]
    except signing.BadSignature:
        return []
