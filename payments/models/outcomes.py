"""The kinds of operations at a gateway, and their outcomes."""

from django.db import models


class OperationKind(models.TextChoices):
    CHARGE = "charge"
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class Outcome(models.TextChoices):
    """The outcome of an operation. Unknown is neither success nor failure."""

    REQUESTED = "requested"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    UNKNOWN = "unknown"


OPEN = (Outcome.REQUESTED, Outcome.UNKNOWN)

BEGINNINGS = (OperationKind.CHARGE, OperationKind.AUTHORIZE)
"""Kinds that begin a payment at the gateway; later operations refer to them."""

WRONG_AMOUNT = "wrong_amount"
"""Marks an operation that succeeded with another amount or currency than requested."""

MADE_OUTSIDE = "made_outside"
"""The decline code of an operation that a human made by hand instead of the gateway."""

EFFECTIVE = (*OPEN, Outcome.SUCCEEDED)
"""Outcomes with an effect at the gateway, certain or possible."""
