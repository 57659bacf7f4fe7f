"""Check that a saga can run to an end; one that contradicts itself is refused as it is defined."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from msgspec.structs import fields

from orders.sagas.vocabulary.steps import AnyStep, Pivot, Retriable, Step
from outbox.messages import Command, Event

if TYPE_CHECKING:
    from orders.sagas.vocabulary.saga import Saga


class BadDefinition(TypeError):
    """A saga contradicts itself; raised when its class is created."""


RESERVED = "saga"
"""What the history calls the saga itself; no step may have this name."""


def check(saga: "type[Saga]") -> None:
    """Refuse a saga that could not run to an end.

    :raises BadDefinition: names the step and what is wrong with it.
    """
    _check_names(saga)
    behind_pivot = False
    received = set(saga.started_by.__struct_fields__) | {"reason_code"}
    for stage in saga.stages:
        for step in stage:
            where = f"{saga.name}.{step.name}"
            _check_messages(where, step)
            _check_postponed(where, step)
            _check_place(where, step, stage=stage, behind_pivot=behind_pivot)
            _check_filled(where, step.command, received)
        behind_pivot |= any(step.forward_only for step in stage)
        received |= {name for step in stage for name in step.success.__struct_fields__}
        for step in stage:
            if isinstance(step, Step):
                _check_filled(f"{saga.name}.{step.name}", step.compensation, received)
    if saga.aborted_by is not None and "reason_code" not in saga.aborted_by.__struct_fields__:
        raise BadDefinition(f"{saga.name}: {saga.aborted_by.__name__} has no reason_code")
    if saga.on_abort is not None:
        _check_messages(f"{saga.name}.on_abort", saga.on_abort)
        _check_filled(f"{saga.name}.on_abort", saga.on_abort.command, received)


def unfilled(command: type[Command], received: Collection[str]) -> list[str]:
    """Name the required fields of a command that are not among the fields received."""
    needed = {field.name for field in fields(command) if field.required}
    return sorted(needed.difference(received))


def _check_names(saga: "type[Saga]") -> None:
    names = [step.name for step in saga.every_step]
    for name in names:
        if names.count(name) > 1:
            raise BadDefinition(f"{saga.name}: two steps are called {name}: give one another name")
    if RESERVED in names:
        raise BadDefinition(f"{saga.name}: no step may be called {RESERVED}")


def _check_place(
    where: str, step: AnyStep, *, stage: Collection[AnyStep], behind_pivot: bool
) -> None:
    if behind_pivot and not isinstance(step, Retriable):
        raise BadDefinition(f"{where}: behind the pivot every step is retriable")
    if isinstance(step, Pivot) and len(stage) > 1:
        raise BadDefinition(f"{where}: a pivot runs alone")


def _check_messages(where: str, step: AnyStep) -> None:
    for command in step.commands():
        if not issubclass(command, Command):
            raise BadDefinition(f"{where}: {command.__name__} is no command")
    for _, event in step.replies():
        if not issubclass(event, Event):
            raise BadDefinition(f"{where}: {event.__name__} is no event")


def _check_postponed(where: str, step: AnyStep) -> None:
    for event in step.postponed:
        if "until" not in event.__struct_fields__:
            raise BadDefinition(f"{where}: {event.__name__} does not say until when")


def _check_filled(where: str, command: type[Command], received: Collection[str]) -> None:
    if missing := unfilled(command, received):
        raise BadDefinition(
            f"{where}: nothing provides {', '.join(missing)} for {command.__name__}"
        )
