"""Events of payments. Amounts are minor units of ``currency``.

Times are when we recorded the gateway's answer; messages of earlier code lack them.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from outbox.messages import Event

WITHDRAWN: Final = "withdrawn"
"""The decline code of a payment that was given up before it was charged."""


class PaymentAuthorized(Event, frozen=True):
    """The order's amount is authorized on the card; nothing is captured yet."""

    order_id: UUID
    amount: int
    currency: str
    authorized_at: datetime | None = None


class PaymentCompleted(Event, frozen=True):
    """The amount to be taken for the order is captured.

    ``amount`` is 0 for an order that was given up before its capture.
    """

    order_id: UUID
    amount: int
    currency: str
    captured_at: datetime | None = None


class PaymentPartCaptured(Event, frozen=True):
    """The amount of a shipment is captured, now or with an earlier charge.

    :ivar amount: what was captured with this shipment; 0 if it was taken before.
    :ivar left: what is still set aside.
    """

    order_id: UUID
    shipment_id: UUID
    amount: int
    currency: str
    left: int
    captured_at: datetime | None = None


class PaymentFailed(Event, frozen=True):
    """The payment was declined for good; ``decline_code`` is the gateway's reason."""

    order_id: UUID
    decline_code: str
    reason_code: str = "payment_declined"
    failed_at: datetime | None = None


class PaymentActionRequired(Event, frozen=True):
    """The customer has to confirm the payment with the bank, until a deadline.

    What the customer needs for that is not here: the API gives it to the customer alone.

    :ivar until: after that the payment is canceled, unless it was confirmed.
    """

    order_id: UUID
    amount: int
    currency: str
    required_at: datetime
    until: datetime


class PaymentAcceptedByBank(Event, frozen=True):
    """The bank has accepted the payment and settles it later, perhaps in days; it may yet fail.

    :ivar until: by then it should be settled.
    """

    order_id: UUID
    amount: int
    currency: str
    since: datetime
    until: datetime


class PaymentRefunded(Event, frozen=True):
    """We no longer hold any of the order's money, nor an authorization for it.

    ``amount`` was refunded, 0 if nothing was captured.
    """

    order_id: UUID
    amount: int
    currency: str
    refunded_at: datetime | None = None


class PaymentPartRefunded(Event, frozen=True):
    """One return was refunded; ``amount`` is what went back, 0 if nothing of it was captured.

    :ivar left: what is still set aside; none in messages of earlier code.
    """

    order_id: UUID
    return_id: UUID
    amount: int
    currency: str
    refunded_at: datetime | None = None
    left: int | None = None


class PaymentRefundedByHand(Event, frozen=True):
    """A human refunded part of what is owed to the customer; the rest is still owed.

    :ivar return_id: the return that it was for; none if all is to be refunded.
    """

    order_id: UUID
    amount: int
    currency: str
    refunded_at: datetime
    return_id: UUID | None = None


class PaymentCaptureDeclined(Event, frozen=True):
    """The gateway refused to capture the amount of a shipment."""

    order_id: UUID
    amount: int
    currency: str
    decline_code: str
    shipment_id: UUID | None = None


class PaymentRefundDeclined(Event, frozen=True):
    """The gateway refused a refund or a void; another request may succeed.

    :ivar amount: what it was to refund or void.
    :ivar return_id: the return that it was for; none if all was to be refunded.
    """

    order_id: UUID
    amount: int
    currency: str
    decline_code: str
    return_id: UUID | None = None


class PaymentRefundFailed(Event, frozen=True):
    """A refund failed after it had succeeded: we have its ``amount`` again.

    :ivar return_id: the return that it was for, if any.
    """

    order_id: UUID
    amount: int
    currency: str
    failed_at: datetime
    return_id: UUID | None = None


class PaymentUnknown(Event, frozen=True):
    """The gateway has not answered yet: the amount may be authorized or not."""

    order_id: UUID


class PaymentUnresolved(Event, frozen=True):
    """The outcome of an operation has been unknown for a day: a human has to find out.

    :ivar operation: ``charge``, ``authorize``, ``capture``, ``void`` or ``refund``.
    """

    order_id: UUID
    operation: str
