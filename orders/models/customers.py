"""Whoever buys."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from uuid_utils.compat import uuid7


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

    class Meta:
        permissions: ClassVar = [("erase_customer", "Can erase who a customer was")]

    def __str__(self) -> str:
        return self.name
