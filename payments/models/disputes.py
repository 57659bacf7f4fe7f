"""Disputes of payments."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payments.gateways.results import LONGEST_CODE, LONGEST_REFERENCE, Disputed, Stage
from payments.models.payments import Payment

STAGES = [(each.value, each.value.replace("_", " ")) for each in Stage]

ENDED = (Stage.WON, Stage.LOST)


class Dispute(models.Model):
    """A dispute of a payment, as the gateway last reported it.

    The gateway withholds its amount until it is won; if it is lost, the cardholder keeps the money.
    It does not change the ledger.
    """

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="disputes", db_index=False
    )
    reference = models.CharField(
        max_length=LONGEST_REFERENCE, help_text="The gateway's name for it."
    )
    amount = models.PositiveBigIntegerField(help_text="Minor units.")
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=LONGEST_CODE, blank=True)
    stage = models.CharField(max_length=12, choices=STAGES)
    answer_by = models.DateTimeField(null=True, help_text="Until when evidence is accepted.")
    reported_at = models.DateTimeField(help_text="When the gateway reported it, by its clock.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payment", "reference"], name="payments_dispute_once"),
            models.CheckConstraint(
                condition=Q(stage__in=[each.value for each in Stage]), name="payments_dispute_stage"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["answer_by"],
                name="payments_dispute_open",
                condition=~Q(stage__in=[each.value for each in ENDED]),
            ),
        ]

    def __str__(self) -> str:
        return f"dispute {self.reference} of {self.amount} {self.currency}: {self.stage}"

    @property
    def said(self) -> Disputed:
        """The dispute as a gateway reports it."""
        return Disputed(
            self.reference,
            self.amount,
            self.currency,
            self.reason,
            Stage(self.stage),
            self.answer_by,
        )

    def take_over(self, said: Disputed) -> None:
        """Copy the reported state; the row is not saved."""
        self.amount, self.currency, self.reason = said.amount, said.currency, said.reason
        self.stage, self.answer_by = said.stage, said.answer_by
