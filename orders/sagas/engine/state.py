"""A saga's state while it decides: no database, no clock."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from orders.sagas.models import SagaStatus, StepStatus
from orders.sagas.vocabulary.saga import AnyStep, Backoff, Saga, Step
from outbox.messages import Command, Event

UNANSWERED = (StepStatus.DISPATCHED, StepStatus.POSTPONED, StepStatus.UNKNOWN)
"""Statuses of steps whose command has no final reply."""

WAITING = (*UNANSWERED, StepStatus.COMPENSATING)
"""A reply may still come to a step of these statuses."""

_COMPENSATION_SENT = (StepStatus.COMPENSATING, StepStatus.COMPENSATION_FAILED)

SHOWN = frozenset({"amount", "currency", "lines"})
"""Fields that operators are shown with a step, whether or not its command has them."""


@cache
def _kept(saga: type[Saga], event: type[Event]) -> tuple[str, ...]:
    """Name the fields of an event that a saga keeps."""
    return tuple((saga.needs | SHOWN).intersection(event.__struct_fields__))


@dataclass(slots=True)
class SagaState:
    """A saga that decisions change in place.

    :ivar compensating: whether the saga compensates instead of going forward.
    :ivar steps: the statuses of the steps dispatched so far, by name.
    :ivar attempts: by step, how often its current command was sent.
    :ivar waiting: the steps whose reply has a deadline. One that waits without a deadline waits for
        an operator, or for its turn to be compensated.
    :ivar postponed: by step, the time until which its reply was postponed now.
    :ivar received: field values for commands, from the events; the first value of a name stays.
    :ivar commands: what has to be sent now, for the steps that are ``asked``.
    :ivar changes: what was decided, in words; ``touched`` names the steps it was about.
    :ivar errors: by step, what went wrong last.
    """

    saga: type[Saga]
    status: SagaStatus = SagaStatus.RUNNING
    compensating: bool = False
    steps: dict[str, StepStatus] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    postponed: dict[str, datetime] = field(default_factory=dict)
    received: dict[str, Any] = field(default_factory=dict)
    attention_reason: str = ""
    commands: list[Command] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    changes: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    errors: dict[str, str] = field(default_factory=dict)

    def of(self, step: AnyStep) -> StepStatus:
        """Return the status of a step."""
        return self.steps.get(step.name, StepStatus.PENDING)

    def mark(self, step: AnyStep, status: StepStatus) -> None:
        """Change the status of a step."""
        self.steps[step.name] = status
        if status not in WAITING:
            self.waiting.discard(step.name)
        self.note(step, status.label.lower())

    def note(self, step: AnyStep, change: str) -> None:
        """Record what was decided about a step."""
        self.touched.add(step.name)
        self.changes.append(f"{step.name} {change}")

    def ask(self, step: AnyStep, status: StepStatus) -> None:
        """Send the command of a status for the first time: the step's own, or its compensation."""
        self.attempts[step.name] = 1
        self.mark(step, status)
        self._send(step)

    def ask_again(self, step: AnyStep) -> None:
        """Send the command of a step's status once more."""
        self.attempts[step.name] += 1
        self.note(step, "asked again")
        self._send(step)

    def let_wait(self, step: AnyStep, until: datetime) -> None:
        """Let a step wait for a reply that was postponed."""
        self.postponed[step.name] = until
        self.waiting.add(step.name)

    def stop_asking(self, step: AnyStep) -> None:
        """Let a step wait without a deadline."""
        self.waiting.discard(step.name)
        self.note(step, "not asked again")

    def receive(self, event: Event) -> None:
        """Keep the fields of an event that commands need or operators are shown."""
        for name in _kept(self.saga, type(event)):
            if name not in self.received:
                self.received[name] = msgspec.to_builtins(getattr(event, name))

    def is_correlated_with(self, event: Event) -> bool:
        """Tell whether an event is about this saga, and not about another of the same order."""
        name = self.saga.correlated_by
        value = msgspec.to_builtins(getattr(event, name, None))
        return value is None or self.received.get(name, value) == value

    def is_pivot_begun(self) -> bool:
        """Tell whether the pivot, or a step behind it, was dispatched and has not failed."""
        return any(
            step.forward_only and self.of(step) not in (StepStatus.PENDING, StepStatus.FAILED)
            for step in self.saga.steps
        )

    def is_past_pivot(self) -> bool:
        """Tell whether the pivot, or a step behind it, has succeeded."""
        return any(
            step.forward_only and self.of(step) == StepStatus.SUCCEEDED for step in self.saga.steps
        )

    def command_of(self, step: AnyStep) -> Command:
        """Return the command of a step's status: its compensation once that was sent."""
        if isinstance(step, Step) and self.of(step) in _COMPENSATION_SENT:
            return self.fill(step.compensation)
        return self.fill(step.command)

    def backoff_of(self, step: AnyStep) -> Backoff:
        """Return how the command of a step's status is sent again."""
        if isinstance(step, Step) and self.of(step) in _COMPENSATION_SENT:
            return step.compensation_retry
        return step.retry

    def fill(self, contract: type[Command], **given: Any) -> Command:
        """Fill a command by field name with what was received, and with the values given."""
        names = contract.__struct_fields__
        known = {name: self.received[name] for name in names if name in self.received}
        return msgspec.convert({**known, **given}, contract)

    def require_attention(self, reason: str) -> None:
        """Ask for an operator's attention; what is under way continues."""
        if self.status != SagaStatus.SUSPENDED:
            self.status, self.attention_reason = SagaStatus.NEEDS_ATTENTION, reason

    def _send(self, step: AnyStep) -> None:
        self.commands.append(self.command_of(step))
        self.asked.add(step.name)
        self.waiting.add(step.name)
