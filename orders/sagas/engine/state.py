"""A saga as its decisions see it: no database, no clock."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec

from orders.sagas.models import SagaStatus, StepStatus
from orders.sagas.vocabulary.saga import Saga, Step
from outbox.messages import Command, Event

WAITING = (StepStatus.DISPATCHED, StepStatus.UNKNOWN, StepStatus.COMPENSATING)
"""A step of these statuses may still be answered."""

STAKES = frozenset({"amount", "currency", "lines"})
"""What a human is told of a step, whether or not its command bears it."""


@cache
def _of_use(saga: type[Saga], event: type[Event]) -> tuple[str, ...]:
    """Name the fields of an event that a saga takes in."""
    return tuple((saga.needs | STAKES).intersection(event.__struct_fields__))


@dataclass(slots=True)
class SagaState:
    """A saga that decisions change in place.

    :ivar undoing: whether the way is back.
    :ivar steps: the steps dispatched so far.
    :ivar attempts: by step, how often its current command was sent.
    :ivar waiting: the steps whose reply has a deadline; one that has none any more waits for a
        human or for its turn to be undone.
    :ivar heard: field values for commands; what was heard first stays.
    :ivar commands: what has to be sent now, for the steps that are ``asked``.
    :ivar changes: what was decided, in words; ``touched`` names the steps it was about.
    :ivar errors: by step, what went wrong last.
    """

    saga: type[Saga]
    status: SagaStatus = SagaStatus.RUNNING
    undoing: bool = False
    steps: dict[str, StepStatus] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    heard: dict[str, Any] = field(default_factory=dict)
    attention_reason: str = ""
    commands: list[Command] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    changes: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    errors: dict[str, str] = field(default_factory=dict)

    def of(self, step: Step) -> StepStatus:
        """Return where a step stands."""
        return self.steps.get(step.name, StepStatus.PENDING)

    def mark(self, step: Step, status: StepStatus) -> None:
        """Change where a step stands."""
        self.steps[step.name] = status
        if status not in WAITING:
            self.waiting.discard(step.name)
        self.note(step, status.label.lower())

    def note(self, step: Step, change: str) -> None:
        """Record what was decided about a step."""
        self.touched.add(step.name)
        self.changes.append(f"{step.name} {change}")

    def ask(self, step: Step, status: StepStatus) -> None:
        """Send the command of a status for the first time: the step's own, or its compensation."""
        self.attempts[step.name] = 1
        self.mark(step, status)
        self._send(step)

    def ask_again(self, step: Step) -> None:
        """Send the command of a step's status once more."""
        self.attempts[step.name] += 1
        self.note(step, "asked again")
        self._send(step)

    def stop_asking(self, step: Step) -> None:
        """Let a step wait without a deadline."""
        self.waiting.discard(step.name)
        self.note(step, "not asked again")

    def hear(self, event: Event) -> None:
        """Take in the fields that commands are filled with, and those that say what is at stake."""
        for name in _of_use(self.saga, type(event)):
            if name not in self.heard:
                self.heard[name] = msgspec.to_builtins(getattr(event, name))

    def is_meant_by(self, event: Event) -> bool:
        """Tell whether an event is about this instance, and not about another of the same order."""
        name = self.saga.told_by
        told = msgspec.to_builtins(getattr(event, name, None))
        return told is None or self.heard.get(name, told) == told

    def is_pivot_begun(self) -> bool:
        """Tell whether a step that is not undone was dispatched, and has not failed."""
        return any(
            step.forward_only and self.of(step) not in (StepStatus.PENDING, StepStatus.FAILED)
            for step in self.saga.steps
        )

    def is_past_pivot(self) -> bool:
        """Tell whether a step that is not undone has succeeded."""
        return any(
            step.forward_only and self.of(step) == StepStatus.SUCCEEDED for step in self.saga.steps
        )

    def command_of(self, step: Step) -> Command:
        """Return what a step asks for in its status: its compensation while it is undone."""
        is_undone = self.of(step) in (StepStatus.COMPENSATING, StepStatus.COMPENSATION_FAILED)
        return self.fill(step.compensation if is_undone and step.compensation else step.command)

    def fill(self, contract: type[Command], **said: Any) -> Command:
        """Fill a command by field name from what was heard, and from what is said now."""
        names = contract.__struct_fields__
        known = {name: self.heard[name] for name in names if name in self.heard}
        return msgspec.convert({**known, **said}, contract)

    def call_human(self, reason: str) -> None:
        """Stand before a human, and go on with what is under way."""
        if self.status != SagaStatus.SUSPENDED:
            self.status, self.attention_reason = SagaStatus.NEEDS_ATTENTION, reason

    def _send(self, step: Step) -> None:
        self.commands.append(self.command_of(step))
        self.asked.add(step.name)
        self.waiting.add(step.name)
