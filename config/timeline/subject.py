"""The order that a timeline is about, and its log as far as retention has left it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from orders.models import Order
from outbox.models import Conversation, Message


class Subject:
    """An order with the messages of its conversation, in the order of their commits."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.conversation = Conversation.objects.filter(pk=order.id).first()
        self.messages = list(Message.objects.filter(correlation_id=order.id).order_by("sequence"))
        self.day = (self.messages[0].recorded_at if self.messages else order.placed_at).date()

    def heard(self, *types: str, **fields: Any) -> list[Message]:
        """Return the messages of some types whose payloads have these values."""
        wanted = {name: str(value) for name, value in fields.items()}
        return [each for each in self.messages if each.type in types and _has(each.payload, wanted)]

    def caused_by(self, *causes: UUID | None) -> list[Message]:
        """Return the messages that were published while one of these was handled."""
        known = set(causes) - {None}
        return [each for each in self.messages if each.causation_id in known]

    def cause_of(self, message: Message) -> tuple[UUID, ...]:
        """Return what a message follows from: its cause, or else what was committed before it.

        Whoever acts on an order has taken its conversation, so nothing came in between.
        """
        if message.causation_id:
            return (message.causation_id,)
        return tuple(each.id for each in self.messages if each.sequence == message.sequence - 1)

    def clock(self, moment: datetime) -> str:
        """Return the time of a day; the day with it, if that is not the order's own."""
        form = "at %H:%M:%S" if moment.date() == self.day else "on %Y-%m-%d at %H:%M:%S"
        return moment.strftime(form)


def _has(payload: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    return all(str(payload.get(name)) == value for name, value in wanted.items())
