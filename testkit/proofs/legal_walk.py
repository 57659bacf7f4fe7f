"""The state of a saga while its history is walked, and what may come next."""

from dataclasses import dataclass, field

from orders.sagas.models import SagaStatus, StepStatus
from orders.sagas.vocabulary.saga import AnyStep, Saga, Step

STATUS_OF = {status.label.lower(): status for status in StepStatus}

DONE = frozenset({StepStatus.SUCCEEDED, StepStatus.SKIPPED, StepStatus.RESOLVED_MANUALLY})
MAYBE_DONE = frozenset(
    {
        *(StepStatus.DISPATCHED, StepStatus.POSTPONED, StepStatus.UNKNOWN),
        *(StepStatus.SUCCEEDED, StepStatus.SKIPPED),
    }
)

WAITING_STATUSES = frozenset(
    {
        *(StepStatus.DISPATCHED, StepStatus.POSTPONED),
        *(StepStatus.UNKNOWN, StepStatus.COMPENSATING),
    }
)


class Illegal(Exception):
    """The history does what the definition does not allow; the message says what."""


def require(condition: bool, complaint: str) -> None:  # noqa: FBT001 - reads as an assertion
    """Refuse a history unless a condition holds.

    :raises Illegal: it does not.
    """
    if not condition:
        raise Illegal(complaint)


@dataclass(slots=True)
class Walk:
    """The state that a history has led to so far."""

    saga: type[Saga]
    steps: dict[str, StepStatus] = field(default_factory=dict)
    is_back: bool = False
    is_suspended: bool = False
    refused: set[str] = field(default_factory=set)
    """Steps that were refused and are asked again later; the saga needs attention meanwhile."""

    def of(self, step: AnyStep) -> StepStatus:
        """Return where a step stands."""
        return self.steps.get(step.name, StepStatus.PENDING)

    def is_pivot_begun(self) -> bool:
        """Tell whether a step that is not compensated may have been done."""
        return any(
            step.forward_only and self.of(step) not in (StepStatus.PENDING, StepStatus.FAILED)
            for step in self.saga.steps
        )

    def is_next(self, step: AnyStep) -> bool:
        """Tell whether this step may be dispatched now."""
        if self.is_suspended:
            return False
        if step is self.saga.on_abort:
            return self.is_back and not self._undo_is_owed()
        stage = next(place for place, each in enumerate(self.saga.stages) if step in each)
        return not self.is_back and all(
            self.of(before) in DONE for each in self.saga.stages[:stage] for before in each
        )

    def may_be_undone(self, step: AnyStep) -> bool:
        """Tell whether this step may be compensated now: one by one, in reverse order."""
        place = self.saga.steps.index(step)
        return (
            self.is_back
            and not self.is_suspended
            and isinstance(step, Step)
            and self.of(step) in MAYBE_DONE
            and StepStatus.COMPENSATING not in self.steps.values()
            and not any(
                self.of(each) in MAYBE_DONE and isinstance(each, Step)
                for each in self.saga.steps[place + 1 :]
            )
        )

    def arrive_at(self, status: str) -> None:
        """Check that the steps are what the status of the saga says.

        :raises Illegal: they are not.
        """
        is_right = {
            SagaStatus.RUNNING: not self.is_back and not self._all_done(),
            SagaStatus.COMPLETED: not self.is_back and self._all_done() and not self._by_hand(),
            SagaStatus.COMPENSATING: self.is_back and not self._is_undone(),
            SagaStatus.COMPENSATED: self.is_back and self._is_undone() and not self._by_hand(),
            SagaStatus.RESOLVED_MANUALLY: self._by_hand()
            and (self._is_undone() if self.is_back else self._all_done()),
            SagaStatus.NEEDS_ATTENTION: self._needs_a_human(),
            SagaStatus.SUSPENDED: self.is_suspended,
        }
        require(is_right[SagaStatus(status)], f"it is {status} with steps {self.steps}")
        require(
            self.is_suspended == (status == SagaStatus.SUSPENDED), f"it is {status} while suspended"
        )

    def _all_done(self) -> bool:
        return all(self.of(step) in DONE for step in self.saga.steps)

    def _by_hand(self) -> bool:
        return StepStatus.RESOLVED_MANUALLY in self.steps.values()

    def _is_undone(self) -> bool:
        abort = self.saga.on_abort
        return not self._undo_is_owed() and (abort is None or self.of(abort) in DONE)

    def _undo_is_owed(self) -> bool:
        open_ones = {*MAYBE_DONE, StepStatus.COMPENSATING, StepStatus.COMPENSATION_FAILED}
        return any(
            self.of(step) in open_ones and isinstance(step, Step) for step in self.saga.steps
        )

    def _needs_a_human(self) -> bool:
        late_pivot = self.is_back and any(
            step.forward_only and self.of(step) == StepStatus.SUCCEEDED for step in self.saga.steps
        )
        left = {StepStatus.UNKNOWN, StepStatus.COMPENSATION_FAILED}
        is_refused = any(
            self.steps[name] in WAITING_STATUSES for name in self.refused if name in self.steps
        )
        return late_pivot or is_refused or bool(left.intersection(self.steps.values()))
