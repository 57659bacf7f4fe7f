"""What payments tells the world. Amounts are minor units of ``currency``.

The times are those of the gateway's answer as we noted it; earlier code did not tell them.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from outbox.messages import Event

WITHDRAWN: Final = "withdrawn"
"""The decline code of a charge that was given up before it was made."""


class PaymentAuthorized(Event, frozen=True):
    """The order's money is set aside on the card; nothing of it is taken yet."""

    order_id: UUID
    amount: int
    currency: str
    authorized_at: datetime | None = None


class PaymentCompleted(Event, frozen=True):
    """What was to be taken of the order's money is captured.

    ``amount`` is 0 for an order that was given up before its capture.
    """

    order_id: UUID
    amount: int
    currency: str
    captured_at: datetime | None = None


class PaymentFailed(Event, frozen=True):
    """The money was refused for good; ``decline_code`` is the gateway's word for why."""

    order_id: UUID
    decline_code: str
    reason_code: str = "payment_declined"
    failed_at: datetime | None = None


class PaymentRefunded(Event, frozen=True):
    """Nothing of the order's money is with us, or set aside for us, any more.

    ``amount`` went back, 0 if nothing was captured.
    """

    order_id: UUID
    amount: int
    currency: str
    refunded_at: datetime | None = None


class PaymentPartRefunded(Event, frozen=True):
    """The money of one return went back; ``amount`` is that of this return."""

    order_id: UUID
    return_id: UUID
    amount: int
    currency: str
    refunded_at: datetime | None = None


class PaymentRefundedByHand(Event, frozen=True):
    """A human gave back some of what is owed to the customer; the rest of it is owed still.

    :ivar return_id: the return that it was for; none where all is to go back.
    """

    order_id: UUID
    amount: int
    currency: str
    refunded_at: datetime
    return_id: UUID | None = None


class PaymentCaptureDeclined(Event, frozen=True):
    """The gateway refused to capture what is set aside; asked again, it may not."""

    order_id: UUID
    amount: int
    currency: str
    decline_code: str


class PaymentRefundDeclined(Event, frozen=True):
    """The gateway refused to give money back; asked again, it may not.

    :ivar amount: what it was to give back, or to let go.
    :ivar return_id: the return that it was for; none where all was to go back.
    """

    order_id: UUID
    amount: int
    currency: str
    decline_code: str
    return_id: UUID | None = None


class PaymentRefundFailed(Event, frozen=True):
    """A refund that had succeeded came to nothing: its ``amount`` is with us again.

    :ivar return_id: the return that it had paid out, if it was that of one.
    """

    order_id: UUID
    amount: int
    currency: str
    failed_at: datetime
    return_id: UUID | None = None


class PaymentUnknown(Event, frozen=True):
    """The gateway has not answered yet: the order's money may be set aside, or not."""

    order_id: UUID


class PaymentUnresolved(Event, frozen=True):
    """The gateway has not said for a day what became of an operation: a human has to find out.

    :ivar operation: ``charge``, ``authorize``, ``capture``, ``void`` or ``refund``.
    """

    order_id: UUID
    operation: str
