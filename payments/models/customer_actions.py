"""What customers need to confirm payments with their banks."""

from django.db import models

from payments.gateways.results import LONGEST_SECRET
from payments.models.operations import PaymentOperation


class CustomerAction(models.Model):
    """What the customer needs to confirm a charge or an authorization with the bank.

    Only the customer may read it. It is in no message, log or read model, and its row is removed
    once the customer has acted or may no longer act.
    """

    operation = models.OneToOneField(
        PaymentOperation,
        on_delete=models.CASCADE,
        related_name="customer_action",
        primary_key=True,
    )
    client_secret = models.CharField(max_length=LONGEST_SECRET, blank=True)
    address = models.CharField(max_length=LONGEST_SECRET, blank=True)

    def __str__(self) -> str:
        return f"what the customer needs for {self.operation_id}"
