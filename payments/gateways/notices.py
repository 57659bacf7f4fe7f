"""What a gateway reports without a call of ours: entries of its book, and webhooks."""

from dataclasses import dataclass
from datetime import datetime

from outbox.kit.texts import fit
from payments.gateways.results import (
    LONGEST_CODE,
    LONGEST_REFERENCE,
    Declined,
    Disputed,
    Processing,
    Succeeded,
    check_amount,
    own_key,
)


@dataclass(frozen=True, slots=True)
class BookEntry:
    """An entry of the gateway's own book. ``amount`` is minor units.

    :ivar kind: that of an operation, or ``dispute``.
    :ivar key: our idempotency key; empty if we did not request it.
    :ivar about: the gateway's name for the payment that it belongs to.
    :ivar failed: why it failed after its success; empty if it has not.
    :ivar dispute: its state, if it is a dispute.
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
    """The content of a webhook whose signature has been verified.

    :ivar event_id: the gateway's id of the event, the same when it is sent again.
    :ivar type: the gateway's name for the type of event.
    :ivar kind: that of the operation, or ``dispute``.
    :ivar key: the operation's idempotency key; empty if we did not request it.
    :ivar result: the operation's outcome; ``None`` if the webhook does not say.
    :ivar about: the gateway's name for the payment that it belongs to.
    :ivar dispute: its state, if the webhook is about a dispute.
    """

    event_id: str
    type: str
    kind: str
    key: str
    order_id: str
    result: Succeeded | Declined | Processing | None
    happened_at: datetime
    about: str = ""
    dispute: Disputed | None = None

    def __post_init__(self) -> None:
        """Keep of the gateway's words what can be kept."""
        for name, longest in {"event_id": LONGEST_REFERENCE, "type": 80, "kind": 20}.items():
            object.__setattr__(self, name, fit(getattr(self, name), longest))
        object.__setattr__(self, "key", own_key(self.key))
        object.__setattr__(self, "about", fit(self.about, LONGEST_REFERENCE))
