"""Sagas without a database: given these events, which commands; and sagas for one test."""

from collections.abc import Iterator
from contextlib import contextmanager

from orders.events import OrderPlaced
from orders.sagas.engine.reactions import overdue, react, start
from orders.sagas.engine.state import SagaState
from orders.sagas.vocabulary.saga import Saga, definitions, migrations
from outbox.messages import Event


def given(saga: type[Saga], *history: Event | str) -> SagaState:
    """Run a saga on events, and names of steps whose deadline passes; keep the last commands."""
    state = SagaState(saga=saga)
    for moment in history:
        state.commands, state.changes, state.attention_reason = [], [], ""
        if isinstance(moment, str):
            overdue(state, next(step for step in saga.every_step if step.name == moment))
        elif isinstance(moment, saga.started_by):
            start(state, moment)
        else:
            react(state, moment)
    return state


@contextmanager
def forgetting() -> Iterator[None]:
    """Restore the definitions and migrations that a test adds, edits or removes."""
    kept, ways = dict(definitions), dict(migrations)
    try:
        yield
    finally:
        definitions.clear()
        definitions.update(kept)
        migrations.clear()
        migrations.update(ways)


def define(called: str, /, **members: object) -> type[Saga]:
    """Define a saga with these members, in this order."""
    return type(called, (Saga,), {"started_by": OrderPlaced, **members})
