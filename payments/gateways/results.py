"""The possible results of a call to a gateway, and the state of a dispute.

Their texts come from outside, so they are cut to the length of our columns here.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from outbox.kit.texts import fit, fits

LONGEST_CODE, LONGEST_REFERENCE = 120, 255
"""Characters that we keep of a gateway's codes, and of its references and keys."""

LONGEST_SECRET = 2000
"""Characters of a client secret or of an address to which a customer is sent."""

CANCELED = "canceled"
"""The code of a charge or authorization that was canceled before it was made."""

LARGEST_AMOUNT = 2**63 - 1

LONGEST_PATIENCE = 3600.0
"""The longest pause in seconds that a gateway can impose."""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The gateway did it; ``reference`` is its own name for the operation.

    :ivar amount: the minor units that it says it moved; ``None`` if it does not say.
    :ivar currency: their currency; empty if it does not say.
    :ivar saved_for: its name for the customer for whom it saved the payment method, if it did.
    :raises ValueError: the amount is negative or too large.
    """

    reference: str
    amount: int | None = None
    currency: str = ""
    saved_for: str = ""

    def __post_init__(self) -> None:
        """Keep of the gateway's words what can be kept."""
        if self.amount is not None:
            check_amount(self.amount)
        object.__setattr__(self, "reference", fit(self.reference, LONGEST_REFERENCE))
        object.__setattr__(self, "currency", fit(self.currency, 3))
        object.__setattr__(self, "saved_for", fit(self.saved_for, LONGEST_REFERENCE))


@dataclass(frozen=True, slots=True)
class Declined:
    """The gateway refused for good; ``code`` is its reason.

    :ivar reference: its own name for the operation, if any; a refund that fails days later has one.
    """

    code: str
    reference: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        """Keep of the gateway's words what can be kept."""
        object.__setattr__(self, "code", fit(self.code, LONGEST_CODE))
        object.__setattr__(self, "reference", fit(self.reference, LONGEST_REFERENCE))


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer, a network error, a server error, or an error that does not concern the payment.

    The operation may have been done or not.

    :ivar retry_after: seconds for which the gateway asks for no further calls.
    """

    reason: str
    retry_after: float = 0.0

    def __post_init__(self) -> None:
        """Keep of the gateway's words what can be kept."""
        object.__setattr__(self, "reason", fit(self.reason, LONGEST_REFERENCE))
        object.__setattr__(self, "retry_after", max(0.0, min(self.retry_after, LONGEST_PATIENCE)))


@dataclass(frozen=True, slots=True)
class RequiresAction:
    """The customer has to confirm the payment with the bank before it can be made.

    Nothing is moved yet, and no further call is needed: the gateway makes the payment, or not, once
    the customer has acted. Secret and address are for the customer alone: they are not in the
    text of this object.

    :ivar reference: the gateway's name for the charge or authorization.
    :ivar client_secret: with which the gateway's library in the browser asks the customer.
    :ivar address: a page of the bank or the gateway to which the customer is sent.
    """

    reference: str
    client_secret: str = field(default="", repr=False)
    address: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Keep of the gateway's words what can be kept; a secret that is cut is of no use."""
        object.__setattr__(self, "reference", fit(self.reference, LONGEST_REFERENCE))
        for name in ("client_secret", "address"):
            text = getattr(self, name)
            object.__setattr__(self, name, text if fits(text, LONGEST_SECRET) else "")


@dataclass(frozen=True, slots=True)
class Processing:
    """The bank has accepted the payment and settles it later, perhaps in days; it may yet fail."""

    reference: str

    def __post_init__(self) -> None:
        """Keep of the gateway's words what can be kept."""
        object.__setattr__(self, "reference", fit(self.reference, LONGEST_REFERENCE))


Postponed = RequiresAction | Processing
"""Results of a charge or an authorization that the customer or the bank has yet to settle."""

Result = Succeeded | Declined | Unknown | Postponed


class Stage(StrEnum):
    """The state of a dispute."""

    NEEDS_ANSWER = "needs_answer"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Disputed:
    """The cardholder disputes a payment, and the gateway withholds the money.

    :ivar reference: the gateway's name for the dispute.
    :ivar answer_by: until when it accepts our evidence.
    :raises ValueError: the amount is negative or too large.
    """

    reference: str
    amount: int
    currency: str
    reason: str
    stage: Stage
    answer_by: datetime | None

    def __post_init__(self) -> None:
        """Keep of the gateway's words what can be kept."""
        check_amount(self.amount)
        object.__setattr__(self, "reference", fit(self.reference, LONGEST_REFERENCE))
        object.__setattr__(self, "currency", fit(self.currency, 3))
        object.__setattr__(self, "reason", fit(self.reason, LONGEST_CODE))


def check_amount(amount: int) -> None:
    """Check the range of an amount from outside.

    :raises ValueError: it is negative or too large.
    """
    if not 0 <= amount <= LARGEST_AMOUNT:
        raise ValueError(f"the amount {amount} is negative or too large")


def own_key(text: str) -> str:
    """Return a key unchanged; empty if it cannot be one of ours."""
    return text if fits(text, LONGEST_REFERENCE) else ""
