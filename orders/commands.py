"""What orders can be asked."""

from uuid import UUID

from outbox.messages import Command


class ConfirmOrder(Command):
    """Let a pending order stand."""

    order_id: UUID


class CancelOrder(Command):
    """End an order of which nothing is charged or held any more."""

    order_id: UUID
    reason_code: str


class FlagOrder(Command):
    """Show that a human has to look after an order, and why; an empty reason takes the flag down."""

    order_id: UUID
    reason: str
