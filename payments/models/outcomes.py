"""The kinds of operations at a gateway, and their outcomes."""

from django.db import models


class OperationKind(models.TextChoices):
    """What is done with money.

    A release is no call: it says that part of an authorization will not be captured. The gateway
    lets go of it with the rest.
    """

    CHARGE = "charge"
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    RELEASE = "release"


class Outcome(models.TextChoices):
    """The outcome of an operation. Unknown is neither success nor failure.

    What requires an action of the customer, or is being processed by the bank, is settled later.
    """

    REQUESTED = "requested"
    REQUIRES_ACTION = "requires_action", "requires action"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    UNKNOWN = "unknown"


POSTPONED = (Outcome.REQUIRES_ACTION, Outcome.PROCESSING)
"""Outcomes of a charge or authorization that the customer or the bank has yet to settle."""

OPEN = (Outcome.REQUESTED, *POSTPONED, Outcome.UNKNOWN)

BEGINNINGS = (OperationKind.CHARGE, OperationKind.AUTHORIZE)
"""Kinds that begin a payment at the gateway; later operations refer to them."""

WRONG_AMOUNT = "wrong_amount"
"""Marks an operation that succeeded with another amount or currency than requested."""

MADE_OUTSIDE = "made_outside"
"""The decline code of an operation that a human made by hand instead of the gateway."""

NOT_CONFIRMED = "not_confirmed"
"""The decline code of a payment that the customer has not confirmed with the bank in time."""

COUNTED_ONCE = (Outcome.REQUESTED, Outcome.UNKNOWN, Outcome.SUCCEEDED)
"""Outcomes that the database accepts once per payment; one that is postponed ends in these too."""

EFFECTIVE = (*OPEN, Outcome.SUCCEEDED)
"""Outcomes with an effect at the gateway, certain or possible."""
