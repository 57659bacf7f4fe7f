"""Money at risk."""

from typing import ClassVar

from django.db import models

from readmodels.models.folded import Folded


class Risk(models.TextChoices):
    NOT_CAPTURED = "not_captured", "set aside, not captured"
    NOT_CONFIRMED = "not_confirmed", "captured, order not confirmed"
    NOT_REFUNDED = "not_refunded", "refund failed"


class MoneyAtRisk(Folded):
    """The money of one order that is neither finally ours nor back with the customer."""

    order_id = models.UUIDField(primary_key=True)
    currency = models.CharField(max_length=3, default="")
    authorized = models.PositiveBigIntegerField(default=0, help_text="Set aside, in minor units.")
    captured = models.PositiveBigIntegerField(default=0, help_text="Minor units.")
    failed_refunds = models.JSONField(
        default=dict, help_text="By return: amount and time; without one: of all that was left."
    )
    is_confirmed = models.BooleanField(default=False)
    risk = models.CharField(max_length=13, blank=True, choices=Risk, default="")
    amount = models.PositiveBigIntegerField(default=0, help_text="At risk, in minor units.")
    since = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "money at risk"
        indexes: ClassVar = [
            models.Index(
                fields=["since", "order_id"],
                name="readmodels_money_at_risk",
                condition=models.Q(amount__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.risk}"
