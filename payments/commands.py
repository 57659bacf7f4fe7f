"""What payments can be asked. Amounts are minor units of ``currency``."""

from uuid import UUID

from outbox.messages import Command


class ChargePayment(Command, frozen=True):
    """Take the order's money, once. ``payment_method`` is the gateway's opaque token."""

    order_id: UUID
    amount: int
    currency: str
    payment_method: str


class RefundPayment(Command, frozen=True):
    """Ensure that nothing of the order's money is with us, now or later."""

    order_id: UUID


class CallGateway(Command, frozen=True):
    """Carry out one operation of the ledger at the gateway; payments asks itself.

    :ivar operation: ``charge`` or ``refund``.
    :ivar key: the idempotency key, stored in the ledger before this command existed.
    :ivar reference: the gateway's name for the charge that a refund gives back.
    """

    order_id: UUID
    operation: str
    key: str
    amount: int
    currency: str
    payment_method: str = ""
    reference: str = ""
