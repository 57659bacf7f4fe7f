"""The kinds of operations at a gateway, and their outcomes."""

from django.db import models


class OperationKind(models.TextChoices):
    CHARGE = "charge"
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class Outcome(models.TextChoices):
    """What is known of an operation. Unknown is neither success nor failure."""

    REQUESTED = "requested"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    UNKNOWN = "unknown"


OPEN = (Outcome.REQUESTED, Outcome.UNKNOWN)

BEGINNINGS = (OperationKind.CHARGE, OperationKind.AUTHORIZE)
"""What the gateway knows a payment by; everything later refers to it."""

WRONG_AMOUNT = "wrong_amount"
"""Marks an operation that succeeded with another amount, or in another currency, than asked for."""

MADE_OUTSIDE = "made_outside"
"""The decline code of what the gateway is not asked for any more: a human did it by hand."""

EFFECTIVE = (*OPEN, Outcome.SUCCEEDED)
"""Outcomes of what has an effect at the gateway, or may have."""
