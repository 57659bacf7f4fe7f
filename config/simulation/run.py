"""Place an order and hand its messages on in memory, until nothing is left to do; then undo it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from config.simulation.replies import CALLS, OF_STOCK, ChosenReply
from config.simulation.scenes import Scene, kind_of, scene_of, step_of, title_of
from inventory.models import StockItem
from orders.models import Customer, Order
from orders.pricing import NewLine
from orders.sagas.engine.engine import pass_deadlines
from orders.sagas.models import SagaInstance
from orders.services import place_order, request_cancellation
from outbox.messages import Contract, Envelope
from outbox.publishing import Outgoing, collecting
from outbox.registry import Subscriber, subscribers
from payments.commands import CallGateway
from payments.gateways.port import Declined, Result, Succeeded, Unknown
from payments.handlers import conclude, gateway_calls

MOST_DEADLINES = 40
"""Deadlines after which a simulation stops, although its saga goes on asking."""

_CARD = "pm_card_visa"


@dataclass
class Simulation:
    """One run.

    :ivar replies: by step or operation of the gateway, the answer that is not a success.
    :ivar cancelled: whether the customer cancels while replies are missing.
    """

    lines: Sequence[NewLine]
    flow: str
    replies: Mapping[str, ChosenReply]
    cancelled: bool = False
    scenes: list[Scene] = field(default_factory=list)
    late: list[tuple[Outgoing, str]] = field(default_factory=list)
    seen: int = 0
    at: float = 0.0

    def run(self) -> list[Scene]:
        """Run, undo everything, and return what happened.

        :raises OrderRefused: an order of these lines cannot be placed.
        """
        with transaction.atomic(), collecting() as outgoing:
            self._set_stock_aside()
            self.order = place_order(
                customer=Customer.objects.create(name="Simulated"),
                lines=self.lines,
                payment_method=_CARD,
                flow=self.flow,
            )
            self._hand_on(outgoing)
            self._go_on(outgoing)
            transaction.set_rollback(True)
        return self.scenes

    def _set_stock_aside(self) -> None:
        if any(self.replies.get(step) == ChosenReply.DECLINE for step in OF_STOCK):
            stock = StockItem.objects.filter(sku__in=[line.sku for line in self.lines])
            stock.update(on_hand=F("reserved"))

    def _go_on(self, outgoing: list[Outgoing]) -> None:
        """Let deadlines pass, the customer cancel, and late replies come."""
        began = timezone.now()
        for number in range(MOST_DEADLINES):
            waiting = self._waiting()
            if not waiting and not self.late:
                return
            if waiting:
                due = min(waiting.values())
                self.at = (due - began).total_seconds()
                self._see("a deadline passes", "time")
                orders = {saga: self.order.id for saga, at in waiting.items() if at <= due}
                pass_deadlines(orders, due)
                self._hand_on(outgoing)
            if self.cancelled and not number:
                self._see("the customer cancels", "time")
                request_cancellation(order_id=self.order.id, reason_code="cancelled_by_customer")
                self._hand_on(outgoing)
            for item, name in self._arrived():
                self._see(f"the late reply to {name} arrives", "reply")
                self._deliver(item, is_late=True)
                self._hand_on(outgoing)

    def _arrived(self) -> list[tuple[Outgoing, str]]:
        late, self.late = self.late, []
        return late

    def _waiting(self) -> dict[UUID, datetime]:
        sagas = SagaInstance.objects.filter(correlation_id=self.order.id, ended_at=None)
        waits = sagas.values_list("id", "next_action_at")
        return {saga: due for saga, due in waits if due is not None}

    def _hand_on(self, outgoing: list[Outgoing]) -> None:
        while self.seen < len(outgoing):
            item = outgoing[self.seen]
            self.seen += 1
            if item.conversation != self.order.id or item.due_at:
                continue
            reply = self._reply_to(item.message)
            if reply is None:
                self._deliver(item, is_late=False)
            elif reply == ChosenReply.LATE:
                self.late.append((item, step_of(item.message)))
            self._see_message(item.message, reply)

    def _reply_to(self, message: Contract) -> ChosenReply | None:
        """Return how a step answers that is no call of the gateway, if it does not just succeed."""
        step = step_of(message)
        reply = None if step in CALLS else self.replies.get(step)
        return None if reply == ChosenReply.DECLINE else reply

    def _deliver(self, item: Outgoing, *, is_late: bool) -> None:
        for name in item.subscribers:
            subscriber = subscribers.get(name)
            if name == gateway_calls.name:
                self._answer(item, is_late=is_late)
            elif isinstance(subscriber, Subscriber) and subscriber.follow_up:
                subscriber.receive([self._envelope(item)])

    def _answer(self, item: Outgoing, *, is_late: bool) -> None:
        """Commit what the gateway answers; one that is late says nothing yet."""
        message = item.message
        if not isinstance(message, CallGateway):
            return
        reply = None if is_late else self.replies.get(message.operation)
        if reply == ChosenReply.LATE:
            self.late.append((item, message.operation))
        conclude([self._envelope(item)], [_result_of(message, reply)])

    def _envelope(self, item: Outgoing) -> Envelope[Any]:
        return Envelope(
            message=item.message,
            id=item.id,
            conversation=item.conversation,
            sequence=self.seen,
            flow=item.flow,
            traceparent="",
            recorded_at=timezone.now(),
            attempt=1,
            subscribers=item.subscribers,
        )

    def _see_message(self, message: Contract, reply: ChosenReply | None) -> None:
        if isinstance(message, CallGateway):
            reply = self.replies.get(message.operation)
        silent = ", no answer yet" if reply in (ChosenReply.LATE, ChosenReply.SILENCE) else ""
        self._see(title_of(message) + silent, kind_of(message))

    def _see(self, what: str, kind: str) -> None:
        self.scenes.append(scene_of(self.order, self.at, what, kind))


def lines_of(order: Order) -> list[NewLine]:
    """Return the lines that place an order once more, at today's prices."""
    return [NewLine(line.sku, line.quantity) for line in order.lines.order_by("number")]


def _result_of(message: CallGateway, reply: ChosenReply | None) -> Result:
    match reply:
        case ChosenReply.DECLINE:
            return Declined("simulated")
        case ChosenReply.SILENCE | ChosenReply.LATE:
            return Unknown("no answer: simulated")
        case _:
            return Succeeded(f"simulated-{message.operation}")
