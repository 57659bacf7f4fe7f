"""What orders can be asked."""

from uuid import UUID

from outbox.messages import Command


class ConfirmOrder(Command, frozen=True):
    """Let a pending order stand, unless it was cancelled before."""

    order_id: UUID


class CancelOrder(Command, frozen=True):
    """End an order of which nothing is charged or held any more."""

    order_id: UUID
    reason_code: str


class FlagOrder(Command, frozen=True):
    """Show that a human has to look after an order; an empty reason takes the flag down."""

    order_id: UUID
    reason: str


class CompleteReturn(Command, frozen=True):
    """Close a return that is paid out and whose goods are back."""

    order_id: UUID
    return_id: UUID
