"""Customers."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from uuid_utils.compat import uuid7

from orders.models.words import Lexemes, Words


class Customer(models.Model):
    """A customer: with their addresses all that is known of a person."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        help_text="The account with which this customer uses the API.",
    )
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    confirmed_email = models.EmailField(  # noqa: DJ001 - unique where there is one
        null=True,
        blank=True,
        help_text="In small letters; what the customer signs in with.",
    )
    guest_email = models.EmailField(  # noqa: DJ001 - unique where there is one
        null=True,
        blank=True,
        help_text="In small letters; of a guest, until the address is confirmed.",
    )
    country = models.CharField(max_length=60, blank=True)
    language = models.CharField(
        max_length=10,
        blank=True,
        default="",
        db_default="",
        help_text="Of letters; the shop's, if empty.",
    )
    reference = models.CharField(
        max_length=80,
        null=True,
        blank=True,
        unique=True,
        help_text="The customer's number in another system.",
    )
    erased_at = models.DateTimeField(null=True, help_text="When the customer was erased.")
    words = Words(
        editable=False,
        default="",
        db_default="",
        help_text="Words by which search finds a customer.",
    )

    class Meta:
        permissions: ClassVar = [
            ("erase_customer", "Can erase a customer"),
            ("import_customers", "Can export and import lists of customers"),
        ]
        indexes: ClassVar = [GinIndex(Lexemes("words"), name="orders_customer_words")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["confirmed_email"],
                name="orders_customer_confirmed_email",
                condition=models.Q(confirmed_email__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["guest_email"],
                name="orders_customer_guest_email",
                condition=models.Q(guest_email__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        """Write the row; a partial update also writes the search words."""
        if update_fields is not None:
            update_fields = {*update_fields, "words"}
        super().save(*args, update_fields=update_fields, **options)

    def searchable(self) -> tuple[str, ...]:
        """Return the texts that search covers, the name first; none for an erased customer."""
        if self.erased_at is not None:
            return ("",)
        return self.name, self.email, self.reference or ""
