"""The kinds of steps a saga is made of."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
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
    """How often a command is sent while nobody answers, and how the wait for its reply grows.

    :ivar attempts: times it is sent in all; after the last wait a human is asked.
    :ivar factor: how much longer each wait is than the one before, up to ``cap``.
    """

    attempts: int = 5
    factor: float = 2.0
    cap: timedelta = FOUR_HOURS

    def wait(self, deadline: timedelta, attempt: int) -> timedelta:
        """Return how long the reply to this attempt may take, counted from 1.

        Waits after the first are cut by up to a tenth, so that sagas that fell silent together do
        not come back together.
        """
        longest = self._longest(deadline, attempt)
        return longest if attempt <= 1 else longest * random.uniform(0.9, 1.0)

    def horizon(self, deadline: timedelta) -> timedelta:
        """Return how long an outcome may stay unknown, at the most."""
        waits = (self._longest(deadline, attempt) for attempt in range(1, self.attempts + 1))
        return sum(waits, timedelta())

    def _longest(self, deadline: timedelta, attempt: int) -> timedelta:
        return min(max(self.cap, deadline), deadline * self.factor ** min(attempt - 1, 30))


@dataclass(frozen=True, kw_only=True)
class Step:
    """A compensatable step: a command, the replies to it, and how to undo it.

    :ivar unresolved: says that the outcome is not known; the step waits on.
    :ivar compensation: means "ensure it is not done"; ``compensated`` is the reply to it.
    :ivar deadline: how long the reply may take; after that the step is unknown and asked again.
    :ivar retry: how the command is asked again, and ``undo_retry`` how its compensation is.
    :ivar undo_refused: says that the undo was refused; a human hears of it, and it is asked again.
    :ivar by_hand: records that an operator has done the step outside, ``undone_by_hand`` that they
        have undone it, and ``waiver`` that they let it be; a step without can only be retried.
    :ivar overdue: the reason code of an order that an operator gives up while this is unknown.
    """

    forward_only: ClassVar[bool] = False

    command: type[Command] = field(kw_only=False)
    success: type[Event]
    failure: type[Event] | None = None
    unresolved: type[Event] | None = None
    compensation: type[Command] | None = None
    compensated: type[Event] | None = None
    undo_refused: type[Event] | None = None
    by_hand: type[Command] | None = None
    undone_by_hand: type[Command] | None = None
    waiver: type[Command] | None = None
    deadline: timedelta = TEN_MINUTES
    retry: Backoff = Backoff()
    undo_retry: Backoff = Backoff()
    overdue: str = ""
    name: str = ""

    @property
    def horizon(self) -> timedelta:
        """How long the outcome may stay unknown before a human is asked, at the most."""
        return self.retry.horizon(self.deadline)

    def replies(self) -> Iterator[type[Event]]:
        """Yield the events that answer this step's commands."""
        replies = (
            self.success,
            self.failure,
            self.unresolved,
            self.compensated,
            self.undo_refused,
        )
        yield from (each for each in replies if each is not None)

    def commands(self) -> Iterator[type[Command]]:
        """Yield what this step may ask for."""
        yield self.command
        if self.compensation is not None:
            yield self.compensation


class Inquiry(Step):
    """A step that asks and changes nothing, so that there is nothing to undo."""


class Pivot(Step):
    """The step after which only forward recovery is left; it may fail, but is not undone."""

    forward_only = True


class Retriable(Step):
    """A step behind the pivot: it is asked for until it succeeds; a failure is one more attempt."""

    forward_only = True


class Parallel:
    """Steps that run side by side; what stands behind them waits for all of them (a join)."""

    def __init__(self, **steps: Step) -> None:
        """Name the steps: ``Parallel(screen=Inquiry(…), reserve=Step(…))``."""
        self.steps = tuple(replace(step, name=name) for name, step in steps.items())
