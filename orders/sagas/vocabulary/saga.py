"""The vocabulary in which sagas are written: Saga, Step, Inquiry, Pivot, Retriable, Parallel.

After Garcia-Molina and Salem, "Sagas" (1987), and Richardson, *Microservices Patterns* (2018),
chapter 4: when a step before the pivot fails, the steps done are compensated in reverse order; from
the pivot on the saga only goes forward.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from orders.sagas.vocabulary.soundness import BadDefinition, check
from orders.sagas.vocabulary.steps import (
    AnyStep,
    Backoff,
    Inquiry,
    Parallel,
    Pivot,
    Reply,
    Retriable,
    Step,
    hours,
    minutes,
)
from outbox.messages import Contract, Event

__all__ = [
    "AnyStep",
    "Backoff",
    "BadDefinition",
    "Inquiry",
    "Parallel",
    "Pivot",
    "Reply",
    "Retriable",
    "Saga",
    "Step",
    "hours",
    "migrates",
    "minutes",
]


class _SagaBody(dict[str, Any]):
    """The body of a saga's class while Python reads it; refuses a second step of one name."""

    def __setitem__(self, name: str, value: Any) -> None:
        if isinstance(value, AnyStep | Parallel) and name in self:
            raise BadDefinition(f"two steps are called {name}: give one another name")
        super().__setitem__(name, value)


class _SagaType(type):
    """A metaclass, since only ``__prepare__`` sees a step that a later one of its name replaces."""

    @classmethod
    def __prepare__(cls, _name: str, _bases: tuple[type, ...], /, **_: Any) -> _SagaBody:
        return _SagaBody()


class Saga(metaclass=_SagaType):
    """A process: its steps in order, what starts it, and how it ends once it is compensated.

    The fields of a command are filled by name with what the saga has received so far.

    :cvar name: how rows find their definition; the class name in snake_case unless given.
    :cvar flow: the flow whose orders it coordinates; ``None`` for every flow.
    :cvar aborted_by: an event that asks the saga to compensate. It is too late once the pivot is
        dispatched: the context that handles the pivot decides which of the two was first.
    :cvar correlated_by: the field that tells this saga's events from those of the order's others.
    :cvar on_abort: the last step of a saga that has compensated.
    :cvar stages: the steps in order; those of one stage run in parallel.
    :cvar steps: all steps of all stages; ``every_step`` has ``on_abort`` after them.
    :cvar replies: by event, the steps that it answers and what it means to each.
    :cvar events: every event that moves this saga.
    :cvar needs: the names of all fields that its commands are filled with.
    :cvar fingerprint: changes with what a running saga relies on: steps, their order, messages.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    flow: ClassVar[str | None] = None
    started_by: ClassVar[type[Event]]
    aborted_by: ClassVar[type[Event] | None] = None
    correlated_by: ClassVar[str] = "order_id"
    on_abort: ClassVar[Retriable | None] = None
    stages: ClassVar[tuple[tuple[AnyStep, ...], ...]]
    steps: ClassVar[tuple[AnyStep, ...]]
    every_step: ClassVar[tuple[AnyStep, ...]]
    replies: ClassVar[Mapping[type[Event], Sequence[tuple[AnyStep, Reply]]]]
    events: ClassVar[frozenset[type[Event]]]
    needs: ClassVar[frozenset[str]]
    fingerprint: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.name = vars(cls).get("name", _snake_case(cls.__name__))
        # A copy of each: a step that two versions share has the name that each gives it.
        for name, value in list(vars(cls).items()):
            if isinstance(value, AnyStep):
                setattr(cls, name, replace(value, name=name))
        cls.stages = tuple(
            value.steps if isinstance(value, Parallel) else (value,)
            for value in vars(cls).values()
            if isinstance(value, AnyStep | Parallel) and value is not cls.on_abort
        )
        cls.steps = tuple(step for stage in cls.stages for step in stage)
        cls.every_step = (*cls.steps, cls.on_abort) if cls.on_abort else cls.steps
        cls.replies = _replies(cls.every_step)
        cls.events = frozenset(
            {cls.started_by, *cls.replies} | ({cls.aborted_by} if cls.aborted_by else set())
        )
        cls.needs = frozenset(
            name
            for step in cls.every_step
            for command in step.commands()
            for name in command.__struct_fields__
        )
        cls.fingerprint = _fingerprint(cls)
        if (cls.name, cls.version) in definitions:
            raise BadDefinition(f"{cls.name}: version {cls.version} exists already")
        check(cls)
        definitions[cls.name, cls.version] = cls


definitions: dict[tuple[str, int], type[Saga]] = {}
"""Every saga by name and version."""

Migration = Callable[[dict[str, str], dict[str, Any]], None]
"""Changes, in place, the statuses of a saga's steps by name, and the fields it has received."""

migrations: dict[tuple[type[Saga], int], Migration] = {}
"""By saga and earlier version, how running sagas move to this version."""

M = TypeVar("M", bound=Migration)


def migrates(saga: type[Saga], *, from_version: int) -> Callable[[M], M]:
    """Register how running sagas of an earlier version continue with this one."""

    def register(migration: M) -> M:
        migrations[saga, from_version] = migration
        return migration

    return register


def current_definitions() -> list[type[Saga]]:
    """Return the newest version of every saga; new sagas start with it."""
    newest: dict[str, type[Saga]] = {}
    for saga in definitions.values():
        if saga.name not in newest or saga.version > newest[saga.name].version:
            newest[saga.name] = saga
    return list(newest.values())


def _snake_case(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")


def _replies(steps: Sequence[AnyStep]) -> Mapping[type[Event], Sequence[tuple[AnyStep, Reply]]]:
    answered: dict[type[Event], dict[AnyStep, Reply]] = defaultdict(dict)
    for step in steps:
        for reply, event in step.replies():
            answered[event].setdefault(step, reply)
    return {event: list(replies.items()) for event, replies in answered.items()}


def _fingerprint(saga: type[Saga]) -> str:
    stages = (*saga.stages, (saga.on_abort,)) if saga.on_abort else saga.stages
    course = [
        [(step.name, type(step).__name__, *map(_name, _messages(step))) for step in stage]
        for stage in stages
    ]
    return hashlib.sha256(repr(course).encode()).hexdigest()[:16]


def _messages(step: AnyStep) -> tuple[type[Contract] | None, ...]:
    compensation = (step.compensation, step.compensated) if isinstance(step, Step) else (None, None)
    return step.command, step.success, step.failure, *compensation


def _name(contract: type[Contract] | None) -> str:
    return contract.__name__ if contract else ""
