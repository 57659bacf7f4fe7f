"""Whoever buys."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from uuid_utils.compat import uuid7

from orders.models.words import Lexemes, Words


class Customer(models.Model):
    """Whoever buys. The one table that holds personal data."""

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
    country = models.CharField(max_length=60, blank=True)
    reference = models.CharField(
        max_length=80,
        null=True,
        blank=True,
        unique=True,
        help_text="The number by which another system knows this customer.",
    )
    erased_at = models.DateTimeField(null=True, help_text="Since when nobody knows who it was.")
    words = Words(
        editable=False, default="", db_default="", help_text="By which search finds a customer."
    )

    class Meta:
        permissions: ClassVar = [("erase_customer", "Can erase who a customer was")]
        indexes: ClassVar = [GinIndex(Lexemes("words"), name="orders_customer_words")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        """Write the row, and with a part of it the words by which it is found."""
        if update_fields is not None:
            update_fields = {*update_fields, "words"}
        super().save(*args, update_fields=update_fields, **options)

    def said(self) -> tuple[str, ...]:
        """Return what a search looks into, the name first: nothing where nobody knows any more."""
        if self.erased_at is not None:
            return ("",)
        return self.name, self.email, self.reference or ""
