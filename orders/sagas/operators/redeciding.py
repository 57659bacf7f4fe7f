"""Decide stored histories again with this code, and find where it would have decided otherwise.

Messages come from the log, deadlines and operators' verbs from the history. What a migration did is
taken over as it stands.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from orders.sagas.engine.engine import NAME
from orders.sagas.engine.reactions import overdue, react, start
from orders.sagas.engine.state import WAITING, SagaState
from orders.sagas.models import SagaHistory, SagaInstance, SagaStatus, StepStatus
from orders.sagas.operators.interventions import Refused
from orders.sagas.operators.moments import Moment, moments, overdue_steps, version_after
from orders.sagas.operators.verbs import VERBS
from orders.sagas.operators.versions import CAUSE
from orders.sagas.vocabulary.saga import Saga, definitions
from outbox.history import handled
from outbox.messages import Envelope
from payments.commands import Hand

AT_ONCE = 200
"""Sagas that are read together."""

DEADLINE: Final = "deadline passed"
BY_OPERATOR: Final = "operator: "

_STATUS_OF = {status.label.lower(): status for status in StepStatus}
_NO_HAND = Hand(made_by="", how="")


@dataclass(frozen=True, slots=True)
class Difference:
    """Where this code would have decided otherwise, and the first orders with that difference."""

    definition: str
    version: int
    cause: str
    decided: str
    would_decide: str


@dataclass(slots=True)
class Redecided:
    """How many histories were decided again, and what came out otherwise.

    :ivar left_out: by reason, the histories that could not be decided again.
    :ivar differences: with the orders of each.
    """

    sagas: int = 0
    left_out: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    differences: dict[Difference, list[UUID]] = field(default_factory=lambda: defaultdict(list))


def replay(*, since: datetime | None = None) -> Redecided:
    """Decide the histories of all sagas again, or of those started since a time."""
    done = Redecided()
    sagas = SagaInstance.objects.order_by("id").prefetch_related("history")
    if since is not None:
        sagas = sagas.filter(started_at__gte=since)
    after = UUID(int=0)
    while some := list(sagas.filter(id__gt=after)[:AT_ONCE]):
        after = some[-1].id
        messages, unreadable = handled({each.correlation_id for each in some}, NAME)
        messages_of = defaultdict(list)
        for message in messages:
            messages_of[message.conversation].append(message)
        for instance in some:
            if instance.correlation_id in unreadable:
                done.left_out["this code cannot read their messages"] += 1
            else:
                _replay(instance, messages_of, done)
    return done


def _replay(
    instance: SagaInstance, messages_of: Mapping[UUID, Sequence[Envelope[Any]]], done: Redecided
) -> None:
    history = sorted(instance.history.all(), key=attrgetter("pk"))
    messages = messages_of[instance.correlation_id]
    if not {e.message_id for e in history if e.message_id} <= {m.id for m in messages}:
        done.left_out["the log no longer has their messages"] += 1
        return
    saga = definitions.get((instance.definition, _first_version(instance, history)))
    if saga is None:
        done.left_out["this code does not have their definition"] += 1
        return
    done.sagas += 1
    difference = _first_difference(saga, instance, history, messages)
    if difference is not None:
        done.differences[difference].append(instance.correlation_id)


def _first_version(instance: SagaInstance, history: Sequence[SagaHistory]) -> int:
    """Return the version that a saga started with: the one before its first migration."""
    versions = [version_after(entry) for entry in history if entry.cause == CAUSE]
    return versions[0] - 1 if versions else instance.version


def _first_difference(
    saga: type[Saga],
    instance: SagaInstance,
    history: Sequence[SagaHistory],
    messages: Sequence[Envelope[Any]],
) -> Difference | None:
    version, state = _first_version(instance, history), SagaState(saga=saga)
    for moment in moments(instance, history, messages):
        entry = moment.entry
        if entry is not None and entry.cause == CAUSE:
            version = version_after(entry)
            state = _migrated(definitions[instance.definition, version], entry, state)
            continue
        decided = entry.changes if entry else ""
        _decide(state, moment, instance)
        would_decide = ", ".join(state.changes)
        if decided != would_decide or (entry and entry.status != state.status):
            return Difference(
                instance.definition,
                version,
                moment.cause,
                f"{decided} ({_label(entry.status)})" if entry else "nothing",
                f"{would_decide} ({_label(state.status)})" if would_decide else "nothing",
            )
        state.commands, state.changes, state.errors = [], [], {}
        if state.status != SagaStatus.NEEDS_ATTENTION:
            state.attention_reason = ""
    return None


def _decide(state: SagaState, moment: Moment, instance: SagaInstance) -> None:
    if moment.message is not None:
        if moment.message.id == instance.started_by:
            start(state, moment.message.message)
        else:
            react(state, moment.message.message)
        return
    if moment.entry is None:
        return
    changed = [change.partition(" ")[0] for change in moment.entry.changes.split(", ")]
    named = {step.name: step for step in state.saga.every_step}
    if moment.cause == DEADLINE:
        for name in dict.fromkeys(overdue_steps(moment.entry)):
            if name in named:
                overdue(state, named[name])
        return
    verb = VERBS.get(moment.cause.removeprefix(BY_OPERATOR))
    if verb is None:
        state.changes.append("nothing, since this code has no such verb")
        return
    if "reason_code" in instance.received:
        state.received.setdefault("reason_code", instance.received["reason_code"])
    try:
        verb.decide(state, _NO_HAND, changed[0])
    except Refused as refused:
        state.changes.append(f"nothing: {refused}")


def _migrated(saga: type[Saga], entry: SagaHistory, before: SagaState) -> SagaState:
    """Return the state that a migration has led to, as its entry says."""
    state = SagaState(saga=saga, received=before.received, compensating=before.compensating)
    state.status = SagaStatus(entry.status)
    names = {step.name for step in saga.every_step}
    for change in entry.changes.split(", "):
        name, _, word = change.partition(" ")
        if name in names and word in _STATUS_OF:
            state.steps[name] = _STATUS_OF[word]
            state.attempts[name] = before.attempts.get(name, 1)
    state.waiting = {name for name, status in state.steps.items() if status in WAITING}
    return state


def _label(status: str) -> str:
    return SagaStatus(status).label.lower()
