"""Products, and their prices over time."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.expressions import ArraySubquery
from django.core.validators import validate_slug
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject, Now


class ProductQuerySet(models.QuerySet["Product"]):
    def sold_now(self) -> "ProductQuerySet":
        """Keep the products that can be ordered now."""
        begun = Q(active_from=None) | Q(active_from__lte=Now())
        not_ended = Q(active_until=None) | Q(active_until__gt=Now())
        return self.filter(begun, not_ended, for_sale=True)

    def with_prices(self) -> "ProductQuerySet":
        """Add the present prices: ``unit_price`` in the own currency, and ``prices`` in all."""
        holding = ProductPrice.objects.filter(product=OuterRef("pk"), since__lte=Now())
        own = holding.filter(currency=OuterRef("currency")).order_by("-since", "-pk")
        each = holding.order_by("currency", "-since", "-pk").distinct("currency")
        listed = each.values(listed=JSONObject(currency="currency", unit_price="unit_price"))
        return self.annotate(  # type: ignore[no-redef]  # they are declared for those who read them
            unit_price=Subquery(own.values("unit_price")[:1]), prices=ArraySubquery(listed)
        )


class Product(models.Model):
    """A product. It can be ordered while it is for sale, active, and has a price.

    :ivar unit_price: the present price in minor units of ``currency``; of ``with_prices()``.
    :ivar prices: the present price in each currency; of ``with_prices()``.
    """

    if TYPE_CHECKING:
        unit_price: int | None
        prices: list[dict[str, Any]]

    sku = models.CharField(primary_key=True, max_length=40)
    name = models.CharField(max_length=200)
    category = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        validators=[validate_slug],
        help_text="A word such as `tea`: what it is taxed and listed as.",
    )
    currency = models.CharField(
        max_length=3, help_text="What orders of it are priced in unless they name another."
    )
    for_sale = models.BooleanField(default=True)
    active_from = models.DateTimeField(
        null=True, blank=True, help_text="Not for sale before; always, if empty."
    )
    active_until = models.DateTimeField(
        null=True, blank=True, help_text="Not for sale from then on; never ends, if empty."
    )

    objects = ProductQuerySet.as_manager()

    class Meta:
        permissions: ClassVar = [("import_products", "Can export and import lists of products")]
        indexes: ClassVar = [
            models.Index(fields=["category", "sku"], name="orders_product_category")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(active_until__gt=F("active_from"))
                | Q(active_from=None)
                | Q(active_until=None),
                name="orders_product_active",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"


class ProductPrice(models.Model):
    """A price of a product in one currency, from a time until the next one's; append-only.

    Of prices with the same time, the one that was set last holds.
    """

    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="price_history", db_index=False
    )
    currency = models.CharField(max_length=3)
    unit_price = models.PositiveBigIntegerField(
        null=True, help_text="Minor units; empty: not sold in this currency."
    )
    since = models.DateTimeField(db_default=Now())
    set_by = models.CharField(max_length=150, blank=True, default="", db_default="")
    set_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "price"
        indexes: ClassVar = [
            models.Index(
                fields=["product", "currency", "-since", "-id"], name="orders_price_latest"
            )
        ]

    def __str__(self) -> str:
        return f"{self.product_id} in {self.currency}"
