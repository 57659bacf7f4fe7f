"""The kinds of steps a saga is made of."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from outbox.messages import Command, Event


def minutes(count: float) -> timedelta:
    """Return a time span, so that deadlines read well."""
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    """Return a time span, so that deadlines read well."""
    return timedelta(hours=count)


TEN_MINUTES, FOUR_HOURS = minutes(10), hours(4)


@dataclass(frozen=True)
class Backoff:
    """How often a command is sent until a reply comes, and how the wait for it grows.

    :ivar attempts: times it is sent in all; after the last wait the saga needs attention.
    :ivar factor: how much longer each wait is than the one before, up to ``cap``.
    """

    attempts: int = 5
    factor: float = 2.0
    cap: timedelta = FOUR_HOURS

    def wait(self, deadline: timedelta, attempt: int) -> timedelta:
        """Return how long the reply to this attempt may take, counted from 1.

        Waits after the first are shortened by up to a tenth, so that sagas whose commands went
        unanswered together do not send them again together.
        """
        longest = self._longest(deadline, attempt)
        return longest if attempt <= 1 else longest * random.uniform(0.9, 1.0)

    def horizon(self, deadline: timedelta) -> timedelta:
        """Return how long an outcome may stay unknown at most."""
        waits = (self._longest(deadline, attempt) for attempt in range(1, self.attempts + 1))
        return sum(waits, timedelta())

    def _longest(self, deadline: timedelta, attempt: int) -> timedelta:
        return min(max(self.cap, deadline), deadline * self.factor ** min(attempt - 1, 30))


class Reply(StrEnum):
    """What an event means to the step whose command it answers."""

    SUCCESS = "success"
    FAILURE = "failure"
    POSTPONED = "postponed"
    UNRESOLVED = "unresolved"
    COMPENSATED = "compensated"
    COMPENSATION_REFUSED = "compensation refused"


@dataclass(frozen=True, kw_only=True)
class AnyStep:
    """What all steps have: a command and the replies to it.

    :ivar postponed: events that say that the reply comes later, ``until`` when; the step is not
        asked again before.
    :ivar unresolved: says that the outcome is not known; the step keeps waiting.
    :ivar deadline: how long the reply may take; after that the step is unknown.
    :ivar retry: how the command is sent again while the step is unknown.
    :ivar by_hand: records that an operator did the step outside the system.
    :ivar waiver: records that an operator waived what the step is for. A step without ``by_hand``
        or ``waiver`` can only be retried.
    :ivar reason_if_unknown: the order's reason code if an operator compensates the saga while this
        step is unknown.
    """

    forward_only: ClassVar[bool] = False

    command: type[Command] = field(kw_only=False)
    success: type[Event]
    failure: type[Event] | None = None
    postponed: tuple[type[Event], ...] = ()
    unresolved: type[Event] | None = None
    deadline: timedelta = TEN_MINUTES
    retry: Backoff = Backoff()
    by_hand: type[Command] | None = None
    waiver: type[Command] | None = None
    reason_if_unknown: str = ""
    name: str = ""

    @property
    def horizon(self) -> timedelta:
        """How long the outcome may stay unknown at most before the saga needs attention."""
        return self.retry.horizon(self.deadline)

    def replies(self) -> Iterator[tuple[Reply, type[Event]]]:
        """Yield the events that answer this step's commands."""
        yield Reply.SUCCESS, self.success
        if self.failure is not None:
            yield Reply.FAILURE, self.failure
        yield from ((Reply.POSTPONED, event) for event in self.postponed)
        if self.unresolved is not None:
            yield Reply.UNRESOLVED, self.unresolved

    def commands(self) -> Iterator[type[Command]]:
        """Yield the commands that this step may send."""
        yield self.command


@dataclass(frozen=True, kw_only=True)
class Step(AnyStep):
    """A compensatable step.

    :ivar compensation: means "ensure it is not done"; ``compensated`` is the reply to it.
    :ivar compensation_refused: says that the compensation was refused; operators are alerted, and
        it is sent again.
    :ivar compensation_retry: how the compensation is sent again while it has no reply.
    :ivar compensated_by_hand: records that an operator compensated the step outside the system.
    """

    compensation: type[Command]
    compensated: type[Event]
    compensation_refused: type[Event] | None = None
    compensation_retry: Backoff = Backoff()
    compensated_by_hand: type[Command] | None = None

    def replies(self) -> Iterator[tuple[Reply, type[Event]]]:
        """Yield the events that answer this step's commands."""
        yield from super().replies()
        yield Reply.COMPENSATED, self.compensated
        if self.compensation_refused is not None:
            yield Reply.COMPENSATION_REFUSED, self.compensation_refused

    def commands(self) -> Iterator[type[Command]]:
        """Yield the commands that this step may send."""
        yield self.command
        yield self.compensation


class Inquiry(AnyStep):
    """A step that asks and changes nothing, so that there is nothing to compensate."""


class Pivot(AnyStep):
    """The step after which the saga only goes forward; it may fail, but is not compensated."""

    forward_only = True


class Retriable(AnyStep):
    """A step that is repeated until it succeeds; a failure uses up one attempt."""

    forward_only = True


class Parallel:
    """Steps that run in parallel; the next stage waits for all of them."""

    def __init__(self, **steps: AnyStep) -> None:
        """Name the steps: ``Parallel(screen=Inquiry(…), reserve=Step(…))``."""
        self.steps = tuple(replace(step, name=name) for name, step in steps.items())
