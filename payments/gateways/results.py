"""The three things that a gateway can answer, and how it speaks of a dispute.

What it says comes from outside: it is made to fit here, where it enters.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from outbox.kit.texts import fit, fits

LONGEST_CODE, LONGEST_REFERENCE = 120, 255
"""Characters that we keep of a gateway's words, and of its names and keys."""

LARGEST_AMOUNT = 2**63 - 1

LONGEST_PATIENCE = 3600.0
"""Seconds for which a gateway is left alone at most, whatever it asks for."""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The gateway did it; ``reference`` is its own name for what it did.

    :ivar amount: the minor units that it says it moved; ``None`` where it does not say.
    :ivar currency: in which it says so; empty where it does not.
    :raises ValueError: no money has such an amount.
    """

    reference: str
    amount: int | None = None
    currency: str = ""

    def __post_init__(self) -> None:
        """Keep of the gateway's words what can be kept."""
        if self.amount is not None:
            check_amount(self.amount)
        object.__setattr__(self, "reference", fit(self.reference, LONGEST_REFERENCE))
        object.__setattr__(self, "currency", fit(self.currency, 3))


@dataclass(frozen=True, slots=True)
class Declined:
    """The gateway refused for good; ``code`` is its word for why.

    :ivar reference: its own name for what it refused, where it has one; a refund that fails after
        days has.
    """

    code: str
    reference: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        """Keep of the gateway's words what can be kept."""
        object.__setattr__(self, "code", fit(self.code, LONGEST_CODE))
        object.__setattr__(self, "reference", fit(self.reference, LONGEST_REFERENCE))


@dataclass(frozen=True, slots=True)
class Unknown:
    """Silence, a network error, a server error, or a refusal that says nothing of the payment.

    It may have happened or not.

    :ivar retry_after: seconds for which the gateway wants to be left alone.
    """

    reason: str
    retry_after: float = 0.0

    def __post_init__(self) -> None:
        """Keep of the gateway's words what can be kept."""
        object.__setattr__(self, "reason", fit(self.reason, LONGEST_REFERENCE))
        object.__setattr__(self, "retry_after", max(0.0, min(self.retry_after, LONGEST_PATIENCE)))


Result = Succeeded | Declined | Unknown


class Stage(StrEnum):
    """How far a dispute has come."""

    NEEDS_ANSWER = "needs_answer"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Disputed:
    """The card's holder wants money back from his bank, and the gateway has taken it from us.

    :ivar reference: the gateway's name for the dispute.
    :ivar answer_by: until when it takes our evidence.
    :raises ValueError: no money has such an amount.
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
    """Make sure that an amount from outside can be one.

    :raises ValueError: it cannot.
    """
    if not 0 <= amount <= LARGEST_AMOUNT:
        raise ValueError(f"no money has the amount {amount}")


def own_key(text: str) -> str:
    """Return a key that may be ours; empty where it cannot be."""
    return text if fits(text, LONGEST_REFERENCE) else ""
