"""Postal addresses: those that a customer keeps, and those that an order was given."""

from typing import ClassVar, Final

from django.db import models
from uuid_utils.compat import uuid7

from orders.models.customers import Customer
from orders.models.orders import Order

POSTAL: Final = (
    "name",
    "company",
    "street",
    "extra",
    "postal_code",
    "city",
    "district",
    "region",
    "sorting_code",
    "country",
    "phone",
)
"""The columns of every postal address."""


class PostalAddress(models.Model):
    """Where a parcel or a bill goes, in the fields that ``orders.models.postal`` knows."""

    name = models.CharField(max_length=200, help_text="Who receives it.")
    company = models.CharField(max_length=200, blank=True)
    street = models.CharField(max_length=200, help_text="Street and house.")
    extra = models.CharField(max_length=200, blank=True, help_text="Flat, floor, care of.")
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    district = models.CharField(max_length=100, blank=True, help_text="Part of a city.")
    region = models.CharField(max_length=100, blank=True, help_text="State, province, county.")
    sorting_code = models.CharField(max_length=20, blank=True, help_text="Such as CEDEX.")
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    phone = models.CharField(max_length=40, blank=True, help_text="For the carrier.")

    class Meta:
        abstract: ClassVar = True

    def __str__(self) -> str:
        parts = (self.name, self.street, f"{self.postal_code} {self.city}".strip(), self.country)
        return ", ".join(part for part in parts if part)

    @property
    def parts(self) -> dict[str, str]:
        """The postal columns by name."""
        return {name: getattr(self, name) for name in POSTAL}


class CustomerAddress(PostalAddress):
    """An address that a customer keeps, for parcels and bills alike."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="addresses")

    class Meta:
        verbose_name_plural = "addresses"


class AddressKind(models.TextChoices):
    DELIVERY = "delivery"
    BILLING = "billing"


class OrderAddress(PostalAddress):
    """An address as it was when the order was placed.

    The database refuses to change a row. Erasing the customer removes it.
    """

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="addresses", db_index=False
    )
    kind = models.CharField(max_length=8, choices=AddressKind)

    class Meta:
        verbose_name_plural = "order addresses"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "kind"], name="orders_address_of_order"),
            models.CheckConstraint(
                condition=models.Q(kind__in=AddressKind.values), name="orders_address_kind"
            ),
        ]
