"""The timeline of an order: what its sagas decided, and after which message."""

from collections.abc import Iterator

from django.db.models import QuerySet

from orders.sagas.models import SagaHistory, SagaInstance, SagaStatus, StepStatus
from outbox.kit.timeline import Subject, TimelineEntry
from outbox.messages import type_of

SILENT = (StepStatus.UNKNOWN, StepStatus.COMPENSATING)
"""The last error of a step in one of these statuses names what is not answered."""


def entries(subject: Subject) -> Iterator[TimelineEntry]:
    """Yield the history of every saga."""
    for saga in _sagas(subject):
        for entry in sorted(saga.history.all(), key=lambda entry: entry.pk):
            yield _entry(subject, saga, entry)


def standing(subject: Subject) -> Iterator[str]:
    """Say what sagas wait for; one that needs attention has flagged the order."""
    for saga in _sagas(subject):
        if saga.status == SagaStatus.SUSPENDED:
            yield f"{saga.definition} is suspended"
        elif saga.status in (SagaStatus.RUNNING, SagaStatus.COMPENSATING):
            silent = [each for each in saga.steps.all() if each.status in SILENT]
            yield from (each.last_error for each in silent if each.last_error)


def _sagas(subject: Subject) -> QuerySet[SagaInstance]:
    sagas = SagaInstance.objects.filter(correlation_id=subject.order_id).order_by("id")
    return sagas.prefetch_related("history", "steps")


def _entry(subject: Subject, saga: SagaInstance, entry: SagaHistory) -> TimelineEntry:
    cause = entry.message_id
    return TimelineEntry(
        at=entry.at,
        source="saga",
        what=f"{saga.definition}: {entry.changes}",
        detail=f"{SagaStatus(entry.status).label.lower()}, upon {entry.cause}",
        table="sagas_sagainstance",
        key=saga.id,
        after=(cause,) if cause else (),
        before=tuple(each.id for each in subject.caused_by(cause) if _is_command(each.type)),
    )


def _is_command(name: str) -> bool:
    return name in type_of and type_of[name].kind == "command"
