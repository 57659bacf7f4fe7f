"""The vocabulary in which sagas are written: Saga, Step, Inquiry, Pivot, Retriable, Parallel.

After Garcia-Molina and Salem, "Sagas" (1987), and Richardson, *Microservices Patterns* (2018),
chapter 4: a step that fails before the pivot undoes the done ones in reverse; from the pivot on
there is only the way forward.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from orders.sagas.vocabulary.soundness import BadDefinition, check
from orders.sagas.vocabulary.steps import (
    Backoff,
    Inquiry,
    Parallel,
    Pivot,
    Retriable,
    Step,
    hours,
    minutes,
)
from outbox.messages import Contract, Event

__all__ = [
    "Backoff",
    "BadDefinition",
    "Inquiry",
    "Parallel",
    "Pivot",
    "Retriable",
    "Saga",
    "Step",
    "hours",
    "migrates",
    "minutes",
]


class _Body(dict[str, Any]):
    """The body of a saga while it is read: a second step of one name would replace the first."""

    def __setitem__(self, name: str, value: Any) -> None:
        if isinstance(value, Step | Parallel) and name in self:
            raise BadDefinition(f"two steps are called {name}: give one another name")
        super().__setitem__(name, value)


class _SagaType(type):
    @classmethod
    def __prepare__(cls, _name: str, _bases: tuple[type, ...], /, **_: Any) -> _Body:
        return _Body()


class Saga(metaclass=_SagaType):
    """A process: its steps in order, what starts it, and how it ends when it is undone.

    A command is filled by field name from what the saga has heard so far.

    :cvar name: how rows find their definition; the class name in snake_case unless given.
    :cvar flow: the flow whose orders it coordinates; ``None`` for every flow.
    :cvar aborted_by: an event that asks for the saga to be undone. Once the pivot is dispatched it
        comes too late: whoever carries out the pivot says which of the two was first.
    :cvar told_by: the field that tells an instance's events from those of others of the same order.
    :cvar on_abort: what is asked for last when the saga has been undone.
    :cvar stages: the steps in order; those of one stage run side by side.
    :cvar steps: the same, one after the other; ``every_step`` has ``on_abort`` behind them.
    :cvar hears: every event that moves this saga.
    :cvar needs: the names of all fields that its commands are filled with.
    :cvar fingerprint: changes with whatever a running instance relies on: steps, order, messages.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    flow: ClassVar[str | None] = None
    started_by: ClassVar[type[Event]]
    aborted_by: ClassVar[type[Event] | None] = None
    told_by: ClassVar[str] = "order_id"
    on_abort: ClassVar[Retriable | None] = None
    stages: ClassVar[tuple[tuple[Step, ...], ...]]
    steps: ClassVar[tuple[Step, ...]]
    every_step: ClassVar[tuple[Step, ...]]
    hears: ClassVar[frozenset[type[Event]]]
    needs: ClassVar[frozenset[str]]
    fingerprint: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.name = vars(cls).get("name", _snake_case(cls.__name__))
        # A copy of each: a step that two versions share bears the name that each gives it.
        for name, value in list(vars(cls).items()):
            if isinstance(value, Step):
                setattr(cls, name, replace(value, name=name))
        cls.stages = tuple(
            value.steps if isinstance(value, Parallel) else (value,)
            for value in vars(cls).values()
            if isinstance(value, Step | Parallel) and value is not cls.on_abort
        )
        cls.steps = tuple(step for stage in cls.stages for step in stage)
        cls.every_step = (*cls.steps, cls.on_abort) if cls.on_abort else cls.steps
        cls.hears = frozenset(
            {cls.started_by}
            | ({cls.aborted_by} if cls.aborted_by else set())
            | {reply for step in cls.every_step for reply in step.replies()}
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
"""Changes the statuses of an instance's steps, by name, and what it has heard, in place."""

migrations: dict[tuple[type[Saga], int], Migration] = {}
"""How instances come to a version from an earlier one."""

M = TypeVar("M", bound=Migration)


def migrates(saga: type[Saga], *, from_version: int) -> Callable[[M], M]:
    """Register how running instances of an earlier version go on with this one."""

    def register(migration: M) -> M:
        migrations[saga, from_version] = migration
        return migration

    return register


def current_definitions() -> list[type[Saga]]:
    """Return the newest version of every saga; new instances start with it."""
    newest: dict[str, type[Saga]] = {}
    for saga in definitions.values():
        if saga.name not in newest or saga.version > newest[saga.name].version:
            newest[saga.name] = saga
    return list(newest.values())


def _snake_case(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")


def _fingerprint(saga: type[Saga]) -> str:
    stages = (*saga.stages, (saga.on_abort,)) if saga.on_abort else saga.stages
    course = [
        [(step.name, type(step).__name__, *map(_name, _messages(step))) for step in stage]
        for stage in stages
    ]
    return hashlib.sha256(repr(course).encode()).hexdigest()[:16]


def _messages(step: Step) -> tuple[type[Contract] | None, ...]:
    return step.command, step.success, step.failure, step.compensation, step.compensated


def _name(contract: type[Contract] | None) -> str:
    return contract.__name__ if contract else ""
