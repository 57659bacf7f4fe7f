"""What a gateway tells without a call of ours: a line of its book, a webhook."""

from dataclasses import dataclass
from datetime import datetime

from outbox.kit.texts import fit
from payments.gateways.results import (
    LONGEST_CODE,
    LONGEST_REFERENCE,
    Declined,
    Disputed,
    Succeeded,
    check_amount,
    own_key,
)


@dataclass(frozen=True, slots=True)
class BookEntry:
    """A line of the gateway's own book: something that it did. ``amount`` is minor units.

    :ivar kind: that of an operation, or ``dispute``.
    :ivar key: the idempotency key that we gave it; empty for what others asked of it.
    :ivar about: the gateway's name for the payment that it belongs to.
    :ivar failed: why it came to nothing after all; empty if it stands.
    :ivar dispute: how it stands, where it is one.
    """

    kind: str
    key: str
    order_id: str
    reference: str
    amount: int
    currency: str
    made_at: datetime
    about: str = ""
    failed: str = ""
    dispute: Disputed | None = None

    def __post_init__(self) -> None:
        """Keep of the gateway's words what can be kept."""
        check_amount(self.amount)
        object.__setattr__(self, "key", own_key(self.key))
        object.__setattr__(self, "reference", fit(self.reference, LONGEST_REFERENCE))
        object.__setattr__(self, "about", fit(self.about, LONGEST_REFERENCE))
        object.__setattr__(self, "failed", fit(self.failed, LONGEST_CODE))


@dataclass(frozen=True, slots=True)
class Notice:
    """What a webhook says, once its signature has been checked.

    :ivar event_id: the gateway's name for the webhook, the same however often it is sent.
    :ivar type: the gateway's word for what happened.
    :ivar kind: the operation it speaks of, or ``dispute``; ``key`` is its idempotency key, empty
        for others'.
    :ivar result: what became of that operation; ``None`` where the webhook does not say.
    :ivar about: the gateway's name for the payment that it speaks of.
    :ivar dispute: how it stands, where it speaks of one.
    """

    event_id: str
    type: str
    kind: str
    key: str
    order_id: str
    result: Succeeded | Declined | None
    happened_at: datetime
    about: str = ""
    dispute: Disputed | None = None

    def __post_init__(self) -> None:
        """Keep of the gateway's words what can be kept."""
        for name, longest in {"event_id": LONGEST_REFERENCE, "type": 80, "kind": 20}.items():
            object.__setattr__(self, name, fit(getattr(self, name), longest))
        object.__setattr__(self, "key", own_key(self.key))
        object.__setattr__(self, "about", fit(self.about, LONGEST_REFERENCE))
