"""What payments can be asked. Amounts are minor units of ``currency``."""

from uuid import UUID

import msgspec

from outbox.messages import Command


class ChargePayment(Command, frozen=True):
    """Take the order's money, once. ``payment_method`` is the gateway's opaque token."""

    order_id: UUID
    amount: int
    currency: str
    payment_method: str


class AuthorizePayment(Command, frozen=True):
    """Set the order's money aside, once. ``payment_method`` is the gateway's opaque token."""

    order_id: UUID
    amount: int
    currency: str
    payment_method: str


class CapturePayment(Command, frozen=True):
    """Take the money that was set aside; nothing, if the order was given up before."""

    order_id: UUID


class RefundPayment(Command, frozen=True):
    """Ensure that nothing of the order's money is with us, now or later.

    What is only set aside is voided, what was captured is refunded.
    """

    order_id: UUID


class RefundPaymentPart(Command, frozen=True):
    """Give back the money of one return, once."""

    order_id: UUID
    return_id: UUID
    amount: int


class Hand(msgspec.Struct, frozen=True):
    """Whose hand did something outside of the gateway.

    :ivar made_by: who says so, and ``approved_by`` who agreed to it, above the limit.
    :ivar how: in their words, and ``reference`` where it can be looked up.
    """

    made_by: str
    how: str
    approved_by: str = ""
    reference: str = ""


class RecordCharge(Command, frozen=True):
    """A human settled outside of the gateway what the order costs."""

    order_id: UUID
    amount: int
    currency: str
    hand: Hand


class WaivePayment(Command, frozen=True):
    """A human let be what the order costs: ``amount`` is forgone."""

    order_id: UUID
    amount: int
    currency: str
    hand: Hand


class RecordRefund(Command, frozen=True):
    """A human gave back outside of the gateway all that was left of the order's money."""

    order_id: UUID
    hand: Hand


class RecordRefundPart(Command, frozen=True):
    """A human gave back outside of the gateway the money of one return."""

    order_id: UUID
    return_id: UUID
    amount: int
    hand: Hand


class CallGateway(Command, frozen=True):
    """Carry out one operation of the ledger at the gateway; payments asks itself.

    :ivar operation: ``charge``, ``authorize``, ``capture``, ``void`` or ``refund``.
    :ivar key: the idempotency key, stored in the ledger before this command existed.
    :ivar reference: the gateway's name for the charge or authorization that it is about.
    :ivar gateway: where the payment was made; that of the settings if empty.
    """

    order_id: UUID
    operation: str
    key: str
    amount: int
    currency: str
    payment_method: str = ""
    reference: str = ""
    gateway: str = ""


class HeedWebhook(Command, frozen=True):
    """Match a webhook that was kept with the ledger; payments asks itself.

    :ivar looked: how often it matched nothing.
    """

    order_id: UUID
    webhook_id: UUID
    looked: int = 0
