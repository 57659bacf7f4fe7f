"""Whether a saga can run to an end: what contradicts itself is refused as its class is created."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from msgspec.structs import fields

from orders.sagas.vocabulary.steps import Inquiry, Pivot, Retriable, Step
from outbox.messages import Command, Event

if TYPE_CHECKING:
    from orders.sagas.vocabulary.saga import Saga


class BadDefinition(TypeError):
    """A saga contradicts itself; raised when its class is created."""


RESERVED = "saga"
"""What the history calls the saga itself; no step may be called so."""


def check(saga: "type[Saga]") -> None:
    """Refuse a saga that could not run to an end, while its author is looking.

    :raises BadDefinition: names the step and what is wrong with it.
    """
    _check_names(saga)
    behind_pivot = False
    heard = set(saga.started_by.__struct_fields__) | {"reason_code"}
    for stage in saga.stages:
        for step in stage:
            where = f"{saga.name}.{step.name}"
            _check_kind(where, step, stage=stage, behind_pivot=behind_pivot)
            _check_filled(where, step.command, heard)
        behind_pivot |= any(step.forward_only for step in stage)
        heard |= {name for step in stage for name in step.success.__struct_fields__}
        for step in stage:
            if step.compensation is not None:
                _check_filled(f"{saga.name}.{step.name}", step.compensation, heard)
    if saga.aborted_by is not None and "reason_code" not in saga.aborted_by.__struct_fields__:
        raise BadDefinition(f"{saga.name}: {saga.aborted_by.__name__} bears no reason_code")
    if saga.on_abort is not None:
        _check_messages(f"{saga.name}.on_abort", saga.on_abort)
        _check_filled(f"{saga.name}.on_abort", saga.on_abort.command, heard)


def unfilled(command: type[Command], heard: Collection[str]) -> list[str]:
    """Name the fields of a command that nothing heard provides."""
    needed = {field.name for field in fields(command) if field.required}
    return sorted(needed.difference(heard))


def _check_names(saga: "type[Saga]") -> None:
    names = [step.name for step in saga.every_step]
    for name in names:
        if names.count(name) > 1:
            raise BadDefinition(f"{saga.name}: two steps are called {name}: give one another name")
    if RESERVED in names:
        raise BadDefinition(f"{saga.name}: no step may be called {RESERVED}")


def _check_kind(where: str, step: Step, *, stage: Collection[Step], behind_pivot: bool) -> None:
    _check_messages(where, step)
    undo = [each for each in (step.compensation, step.compensated) if each is not None]
    if behind_pivot and not isinstance(step, Retriable):
        raise BadDefinition(f"{where}: behind the pivot every step is retriable")
    if step.forward_only and undo:
        raise BadDefinition(f"{where}: from the pivot on nothing is compensated")
    if isinstance(step, Inquiry) and undo:
        raise BadDefinition(f"{where}: an inquiry leaves nothing to compensate")
    if not (step.forward_only or isinstance(step, Inquiry)) and len(undo) < 2:
        raise BadDefinition(f"{where}: a step needs compensation and compensated")
    if isinstance(step, Pivot) and len(stage) > 1:
        raise BadDefinition(f"{where}: a pivot runs alone")


def _check_messages(where: str, step: Step) -> None:
    for command in step.commands():
        if not issubclass(command, Command):
            raise BadDefinition(f"{where}: {command.__name__} is no command")
    for reply in step.replies():
        if not issubclass(reply, Event):
            raise BadDefinition(f"{where}: {reply.__name__} is no event")


def _check_filled(where: str, command: type[Command], heard: Collection[str]) -> None:
    if missing := unfilled(command, heard):
        raise BadDefinition(f"{where}: nobody provides {', '.join(missing)} for {command.__name__}")
