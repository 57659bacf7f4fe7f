"""The picture of a saga: its steps from left to right, and below them the way back."""

from collections.abc import Mapping
from inspect import getdoc

from config.flows.picture import Box, Picture, State
from orders.sagas.models import StepStatus
from orders.sagas.vocabulary.saga import Retriable, Saga, Step

FORWARD = {
    StepStatus.DISPATCHED: State.RUNNING,
    StepStatus.UNKNOWN: State.RUNNING,
    StepStatus.SUCCEEDED: State.DONE,
    StepStatus.SKIPPED: State.DONE,
    StepStatus.RESOLVED_MANUALLY: State.DONE,
    StepStatus.FAILED: State.FAILED,
    StepStatus.COMPENSATING: State.UNDONE,
    StepStatus.COMPENSATED: State.UNDONE,
    StepStatus.COMPENSATION_FAILED: State.UNDONE,
}
BACK = {
    StepStatus.COMPENSATING: State.RUNNING,
    StepStatus.COMPENSATED: State.DONE,
    StepStatus.COMPENSATION_FAILED: State.FAILED,
}

Statuses = Mapping[str, StepStatus]


def picture_of(saga: type[Saga], statuses: Statuses | None = None) -> Picture:
    """Draw a definition.

    :param statuses: the steps of an instance, by name, to colour it by.
    """
    reached = statuses or {}
    picture = Picture(
        name=saga.name,
        title=(getdoc(saga) or saga.name).splitlines()[0],
        is_coloured=statuses is not None,
    )
    depth = max(len(stage) for stage in saga.stages)
    begun = State.DONE if reached else State.LEFT
    before = [picture.add(Box(saga.started_by.__name__, 0, 0, "starts it", begun))]
    undone_next = _way_out(picture, saga, reached, row=depth)
    for column, stage in enumerate(saga.stages, start=1):
        boxes = []
        undone_last = undone_next
        for row, step in enumerate(stage):
            box = picture.add(_step(step, column, row, reached))
            boxes.append(box)
            for each in before:
                picture.lead(each, box)
            if step.compensation:
                undo = picture.add(_undo(step, column, depth + row, reached))
                picture.lead(box, undo, undoes=True)
                if undone_last:
                    picture.lead(undo, undone_last, undoes=True)
                undone_next = undo
            elif step.failure and undone_last and not isinstance(step, Retriable):
                picture.lead(box, undone_last, undoes=True)
        before = boxes
    return picture


def _way_out(picture: Picture, saga: type[Saga], reached: Statuses, *, row: int) -> Box | None:
    if saga.on_abort is None:
        return None
    return picture.add(_step(saga.on_abort, 0, row, reached, name="undone"))


def _step(step: Step, column: int, row: int, reached: Statuses, *, name: str = "") -> Box:
    kind = type(step).__name__.lower()
    text = step.command.__name__ if kind == "step" else f"{step.command.__name__}, {kind}"
    state = FORWARD.get(reached.get(step.name, StepStatus.PENDING), State.LEFT)
    return Box(name or step.name, column, row, text, state)


def _undo(step: Step, column: int, row: int, reached: Statuses) -> Box:
    assert step.compensation is not None  # noqa: S101 - whoever calls this has looked
    state = BACK.get(reached.get(step.name, StepStatus.PENDING), State.LEFT)
    return Box(f"undo {step.name}", column, row, step.compensation.__name__, state)
