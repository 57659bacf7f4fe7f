"""The vocabulary in which sagas are written: Saga, Step, Pivot, Retriable.

After Garcia-Molina and Salem, "Sagas" (1987), and Richardson, *Microservices Patterns* (2018),
chapter 4: a step that fails before the pivot undoes the done ones in reverse; from the pivot on
there is only the way forward.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from msgspec import NODEFAULT
from msgspec.structs import fields

from outbox.messages import Command, Contract, Event


class BadDefinition(TypeError):
    """A saga contradicts itself; raised when its class is created."""


def minutes(count: float) -> timedelta:
    """Return a time span, so that deadlines read well."""
    return timedelta(minutes=count)


TEN_MINUTES = minutes(10)


@dataclass(frozen=True)
class Step:
    """A compensatable step: a command, the replies to it, and how to undo it.

    :ivar compensation: means "ensure it is not done"; ``compensated`` is the reply to it.
    :ivar deadline: how long the reply may take; after that the step is given up and undone.
    :ivar overdue: the reason code of an order that ends because the reply did not come in time.
    """

    command: type[Command]
    success: type[Event]
    failure: type[Event] | None = None
    compensation: type[Command] | None = None
    compensated: type[Event] | None = None
    deadline: timedelta = TEN_MINUTES
    overdue: str = ""
    name: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", name)

    def replies(self) -> Iterator[type[Event]]:
        """Yield the events that answer this step's commands."""
        yield from (
            each for each in (self.success, self.failure, self.compensated) if each is not None
        )

    def commands(self) -> Iterator[type[Command]]:
        """Yield what this step may ask for."""
        yield self.command
        if self.compensation is not None:
            yield self.compensation


class Pivot(Step):
    """The step after which only forward recovery is left; it is not undone."""


class Retriable(Step):
    """A step behind the pivot: it is asked for until it succeeds."""


class Saga:
    """A process: its steps in order, what starts it, and how it ends when it is undone.

    A command is filled by field name from what the saga has heard so far.

    :cvar name: how rows find their definition; the class name in snake_case unless given.
    :cvar flow: the flow whose orders it coordinates; ``None`` for every flow.
    :cvar every_step: the steps, and behind them ``on_abort`` where there is one.
    :cvar hears: every event that moves this saga.
    :cvar needs: the names of all fields that its commands are filled with.
    :cvar aborted_by: an event that asks for the saga to be undone. Once the pivot is dispatched it
        comes too late: whoever carries out the pivot says which of the two was first.
    :cvar on_abort: what is asked for last when the saga has been undone.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    flow: ClassVar[str | None] = None
    started_by: ClassVar[type[Event]]
    aborted_by: ClassVar[type[Event] | None] = None
    on_abort: ClassVar[Retriable | None] = None
    steps: ClassVar[tuple[Step, ...]]
    every_step: ClassVar[tuple[Step, ...]]
    hears: ClassVar[frozenset[type[Event]]]
    needs: ClassVar[frozenset[str]]

    def __init_subclass__(cls) -> None:
        cls.name = vars(cls).get("name", _snake_case(cls.__name__))
        cls.steps = tuple(
            each
            for each in vars(cls).values()
            if isinstance(each, Step) and each is not cls.on_abort
        )
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
        _check(cls)
        definitions[cls.name, cls.version] = cls


definitions: dict[tuple[str, int], type[Saga]] = {}
"""Every saga by name and version."""


def current_definitions() -> list[type[Saga]]:
    """Return the newest version of every saga; new instances start with it."""
    newest: dict[str, type[Saga]] = {}
    for saga in definitions.values():
        if saga.name not in newest or saga.version > newest[saga.name].version:
            newest[saga.name] = saga
    return list(newest.values())


def _snake_case(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")


def _check(saga: type[Saga]) -> None:
    """Refuse a saga that could not run to an end, while its author is looking."""
    if (saga.name, saga.version) in definitions:
        raise BadDefinition(f"{saga.name}: version {saga.version} exists already")
    behind_pivot = False
    heard = set(saga.started_by.__struct_fields__) | {"reason_code"}
    for step in saga.steps:
        where = f"{saga.name}.{step.name}"
        undoable = step.compensation is not None and step.compensated is not None
        if isinstance(step, Pivot | Retriable):
            if step.compensation is not None:
                raise BadDefinition(f"{where}: from the pivot on nothing is compensated")
            behind_pivot = True
        elif behind_pivot:
            raise BadDefinition(f"{where}: a compensatable step stands before the pivot")
        elif not undoable:
            raise BadDefinition(f"{where}: a step needs compensation and compensated")
        _check_filled(where, step.command, heard)
        heard |= set(step.success.__struct_fields__)
        if step.compensation is not None:
            _check_filled(where, step.compensation, heard)
    if saga.aborted_by is not None and "reason_code" not in saga.aborted_by.__struct_fields__:
        raise BadDefinition(f"{saga.name}: {saga.aborted_by.__name__} bears no reason_code")
    if saga.on_abort is not None:
        _check_filled(f"{saga.name}.on_abort", saga.on_abort.command, heard)


def _check_filled(where: str, command: type[Contract], heard: set[str]) -> None:
    needed = {field.name for field in fields(command) if field.default is NODEFAULT}
    if missing := needed - heard:
        raise BadDefinition(
            f"{where}: nobody provides {', '.join(sorted(missing))} for {command.__name__}"
        )
