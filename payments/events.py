"""What payments tells the world. Amounts are minor units of ``currency``."""

from uuid import UUID

from outbox.messages import Event


class PaymentCompleted(Event, frozen=True):
    """The order's money is captured."""

    order_id: UUID
    amount: int
    currency: str


class PaymentFailed(Event, frozen=True):
    """The money was refused for good; ``decline_code`` is the gateway's word for why."""

    order_id: UUID
    decline_code: str
    reason_code: str = "payment_declined"


class PaymentRefunded(Event, frozen=True):
    """Nothing of the order's money is with us any more; ``amount`` went back, 0 if none was."""

    order_id: UUID
    amount: int
    currency: str
