"""Commands to orders."""

from uuid import UUID

from outbox.messages import Command


class ConfirmOrder(Command, frozen=True):
    """Confirm a pending order, unless it was cancelled before."""

    order_id: UUID


class CancelOrder(Command, frozen=True):
    """End an order that has no charge and no goods any more."""

    order_id: UUID
    reason_code: str


class FlagOrder(Command, frozen=True):
    """Flag an order for a human; an empty reason clears the flag."""

    order_id: UUID
    reason: str


class AwaitReturn(Command, frozen=True):
    """Say whether the goods of an expected return are back; give it up if its time is over."""

    order_id: UUID
    return_id: UUID


class CompleteReturn(Command, frozen=True):
    """Close a return that is refunded and whose goods are back."""

    order_id: UUID
    return_id: UUID


class CompleteDispatch(Command, frozen=True):
    """Record that a shipment has left; its goods are out of stock already."""

    order_id: UUID
    shipment_id: UUID


class HoldBackShipment(Command, frozen=True):
    """Give up the dispatch of a shipment whose amount could not be captured."""

    order_id: UUID
    shipment_id: UUID
    decline_code: str = ""


class SendLetterAgain(Command, frozen=True):
    """Mail the customer once more what an event of the order had to tell."""

    order_id: UUID
    message_id: UUID
