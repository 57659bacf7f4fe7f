"""Commands to payments. Amounts are minor units of ``currency``."""

from datetime import datetime
from uuid import UUID

import msgspec

from outbox.messages import Command


class ChargePayment(Command, frozen=True):
    """Charge the order's amount, once.

    :ivar payment_method: the gateway's opaque token.
    :ivar keeps_method: save it, so that more can be charged when the customer is not present.
    :ivar method_of: the order with whose payment it was saved; the customer is not present now.
    """

    order_id: UUID
    amount: int
    currency: str
    payment_method: str
    keeps_method: bool = False
    method_of: UUID | None = None


class AuthorizePayment(Command, frozen=True):
    """Authorize the order's amount, once.

    :ivar payment_method: the gateway's opaque token.
    :ivar keeps_method: save it, so that more can be charged when the customer is not present.
    :ivar method_of: the order with whose payment it was saved; the customer is not present now.
    """

    order_id: UUID
    amount: int
    currency: str
    payment_method: str
    keeps_method: bool = False
    method_of: UUID | None = None


class CapturePaymentPart(Command, frozen=True):
    """Capture the amount of a shipment, once; nothing, if the order was charged before.

    :ivar is_last: nothing more will be captured: the rest of the authorization is let go.
    """

    order_id: UUID
    shipment_id: UUID
    amount: int
    is_last: bool


class RefundPayment(Command, frozen=True):
    """Ensure that we keep none of the order's money, now or later.

    An authorization is voided, captured money is refunded.
    """

    order_id: UUID


class RefundPaymentPart(Command, frozen=True):
    """Refund one return, once.

    :ivar not_taken: the part of ``amount`` that is not captured if the payment is only authorized:
        it is not refunded, and never captured.
    :ivar closes: nothing more will be captured: the rest of the authorization is let go.
    """

    order_id: UUID
    return_id: UUID
    amount: int
    not_taken: int = 0
    closes: bool = False


class Hand(msgspec.Struct, frozen=True):
    """Who did something outside of the gateway, and how.

    :ivar made_by: the operator; ``approved_by`` is the second person, above the limit.
    :ivar how: the method in their words; ``reference`` is where it can be looked up.
    """

    made_by: str
    how: str
    approved_by: str = ""
    reference: str = ""


class RecordCharge(Command, frozen=True):
    """A human received the order's amount outside of the gateway."""

    order_id: UUID
    amount: int
    currency: str
    hand: Hand


class WaivePayment(Command, frozen=True):
    """A human waived the order's ``amount``."""

    order_id: UUID
    amount: int
    currency: str
    hand: Hand


class RecordRefund(Command, frozen=True):
    """A human refunded outside of the gateway all that was left of the order's money."""

    order_id: UUID
    hand: Hand


class RecordRefundPart(Command, frozen=True):
    """A human refunded one return outside of the gateway."""

    order_id: UUID
    return_id: UUID
    amount: int
    hand: Hand


class CallGateway(Command, frozen=True):
    """Carry out one operation of the ledger at the gateway; sent by payments to itself.

    :ivar operation: ``charge``, ``authorize``, ``capture``, ``void`` or ``refund``.
    :ivar key: the idempotency key, stored in the ledger before this command existed.
    :ivar reference: the gateway's name for the charge or authorization that it belongs to.
    :ivar gateway: the payment's gateway; that of the settings if empty.
    :ivar keep: save the payment method for later payments.
    :ivar saved_for: the gateway's name for the customer for whom it was saved before.
    :ivar rest_stays: of a capture, whether the rest of the authorization stays set aside.
    """

    order_id: UUID
    operation: str
    key: str
    amount: int
    currency: str
    payment_method: str = ""
    reference: str = ""
    gateway: str = ""
    keep: bool = False
    saved_for: str = ""
    rest_stays: bool = False


class AskAfterPayment(Command, frozen=True):
    """Ask the gateway what became of a postponed payment; sent by payments to itself.

    :ivar operation: ``charge`` or ``authorize``.
    :ivar key: its idempotency key.
    :ivar reference: the gateway's name for it.
    :ivar until: the deadline of the wait that this belongs to; a later wait has another one.
    :ivar cancel: cancel it, unless it has been made.
    """

    order_id: UUID
    operation: str
    key: str
    reference: str
    gateway: str
    until: datetime
    cancel: bool = False


class HeedWebhook(Command, frozen=True):
    """Match a stored webhook with the ledger; sent by payments to itself.

    :ivar looked: how often it has matched nothing.
    """

    order_id: UUID
    webhook_id: UUID
    looked: int = 0
