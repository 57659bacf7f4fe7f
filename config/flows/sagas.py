"""Draw a saga: its steps from left to right, and their compensations below."""

from collections.abc import Mapping
from inspect import getdoc

from config.flows.picture import Box, Picture, State
from orders.sagas.models import StepStatus
from orders.sagas.vocabulary.saga import AnyStep, Retriable, Saga, Step

FORWARD = {
    StepStatus.DISPATCHED: State.RUNNING,
    StepStatus.POSTPONED: State.RUNNING,
    StepStatus.UNKNOWN: State.RUNNING,
    StepStatus.SUCCEEDED: State.DONE,
    StepStatus.SKIPPED: State.DONE,
    StepStatus.RESOLVED_MANUALLY: State.DONE,
    StepStatus.FAILED: State.FAILED,
    StepStatus.COMPENSATING: State.COMPENSATED,
    StepStatus.COMPENSATED: State.COMPENSATED,
    StepStatus.COMPENSATION_FAILED: State.COMPENSATED,
}
COMPENSATION = {
    StepStatus.COMPENSATING: State.RUNNING,
    StepStatus.COMPENSATED: State.DONE,
    StepStatus.COMPENSATION_FAILED: State.FAILED,
}

Statuses = Mapping[str, StepStatus]


def picture_of(saga: type[Saga], statuses: Statuses | None = None) -> Picture:
    """Draw a definition.

    :param statuses: the statuses of a saga's steps by name, which colour the picture.
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
    next_compensation = _abort(picture, saga, reached, row=depth)
    for column, stage in enumerate(saga.stages, start=1):
        boxes = []
        last_compensation = next_compensation
        for row, step in enumerate(stage):
            box = picture.add(_step(step, column, row, reached))
            boxes.append(box)
            for each in before:
                picture.lead(each, box)
            if isinstance(step, Step):
                compensation = picture.add(_compensation(step, column, depth + row, reached))
                picture.lead(box, compensation, compensates=True)
                if last_compensation:
                    picture.lead(compensation, last_compensation, compensates=True)
                next_compensation = compensation
            elif step.failure and last_compensation and not isinstance(step, Retriable):
                picture.lead(box, last_compensation, compensates=True)
        before = boxes
    return picture


def _abort(picture: Picture, saga: type[Saga], reached: Statuses, *, row: int) -> Box | None:
    if saga.on_abort is None:
        return None
    return picture.add(_step(saga.on_abort, 0, row, reached, name="abort"))


def _step(step: AnyStep, column: int, row: int, reached: Statuses, *, name: str = "") -> Box:
    kind = "" if isinstance(step, Step) else f", {type(step).__name__.lower()}"
    state = FORWARD.get(reached.get(step.name, StepStatus.PENDING), State.LEFT)
    return Box(name or step.name, column, row, f"{step.command.__name__}{kind}", state)


def _compensation(step: Step, column: int, row: int, reached: Statuses) -> Box:
    state = COMPENSATION.get(reached.get(step.name, StepStatus.PENDING), State.LEFT)
    return Box(f"compensate {step.name}", column, row, step.compensation.__name__, state)
