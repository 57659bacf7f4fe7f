"""The life of one process: what it commits and calls, and where it dies."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Connection, Transaction

from outbox.delivery import calls
from outbox.kit.rows import pipelining
from outbox.registry import OutsideSubscriber, subscribers

SIDES = ("before", "after")


class Killed(BaseException):
    """The process is dead: no handler may take this for an error that it can bear."""


@dataclass(slots=True)
class Act:
    """A commit or a call; one that has changed nothing has no boundaries.

    A statement outside of a transaction is a commit that only has an end: nothing was begun before.
    """

    what: str
    sides: Sequence[str] = SIDES


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where a process dies: on one side of its act of this number."""

    number: int
    side: str
    what: str = "whatever it is"

    def __str__(self) -> str:
        return f"{self.side} {self.what}, its act {self.number}"


@dataclass
class Life:
    """What one process does in this thread, up to its death."""

    death: Boundary | None = None
    acts: list[Act] = field(default_factory=list)
    has_written: bool = False
    is_over: bool = False
    under_way: Act | None = None
    """A commit that travels with the statements before it: Django's own has nothing left to do."""

    def boundaries(self) -> list[Boundary]:
        """Return where a process that takes the same course can die."""
        return [
            Boundary(number, side, act.what)
            for number, act in enumerate(self.acts)
            for side in act.sides
        ]

    @contextmanager
    def lived(self) -> Iterator[None]:
        """Watch what is written to databases, and the calls that subscribers make."""
        with pytest.MonkeyPatch.context() as patch, ExitStack() as watching:
            for connection in connections.all():
                watching.enter_context(connection.execute_wrapper(self._execute))
                commit = partial(self._commit, connection, connection.commit)
                patch.setattr(connection, "commit", commit)
            patch.setattr(pipelining, "Transaction", partial(_Trip, self))
            for subscriber in subscribers.values():
                if isinstance(subscriber, OutsideSubscriber):
                    call = partial(self._call, subscriber.name, subscriber.call)
                    patch.setattr(subscriber, "call", call)
                    patch.setattr(subscriber, "calls_at_once", 1)
            # One turn concludes all calls of a batch, however long they take.
            patch.setattr(calls, "GATHERING", 10.0)
            yield

    def begin_commit(self) -> None:
        """Send a commit on its way."""
        self.under_way = self._begin("a commit")

    def _begin(self, what: str) -> Act:
        act = Act(what)
        self.acts.append(act)
        self._come_to("before")
        return act

    @contextmanager
    def _acting(self, what: str) -> Iterator[Act]:
        yield self._begin(what)
        self._come_to("after")

    def _come_to(self, side: str) -> None:
        death, number = self.death, len(self.acts) - 1
        if death is not None and (death.number, death.side) == (number, side):
            self.is_over = True
            raise Killed(str(death))

    def _commit(self, connection: BaseDatabaseWrapper, commit: Callable[[], None]) -> None:
        try:
            act = self.under_way or self._begin("a commit")
            self.under_way = None
            commit()
            act.sides = SIDES if self.has_written else ()
            self.has_written = False
            self._come_to("after")
        except Killed:
            # What is not committed is gone with its process, and so are the bells of what is.
            connection.rollback()
            raise

    def _execute(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,  # noqa: FBT001 - Django's signature
        context: dict[str, Any],
    ) -> Any:
        """Let a statement run: within a transaction, or as one of its own."""
        if self.is_over:
            raise Killed("it is dead already")
        if context["connection"].in_atomic_block:
            result = execute(sql, params, many, context)
            self.has_written |= _has_changed(sql, context)
            return result
        with self._acting("a statement") as act:
            result = execute(sql, params, many, context)
            act.sides = SIDES[1:] if _has_changed(sql, context) else ()
        return result

    def _call(self, name: str, call: Callable[[Any], Any], envelope: Any) -> Any:
        with self._acting(f"a call by {name}"):
            return call(envelope)


class _Trip(Transaction):
    """A transaction in one trip: its process can die before the COMMIT joins it."""

    def __init__(self, life: Life, driver: Connection[Any]) -> None:
        super().__init__(driver)
        self.life = life

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is None and not self.force_rollback:
            try:
                self.life.begin_commit()
            except Killed as killed:
                super().__exit__(Killed, killed, killed.__traceback__)
                raise
        return super().__exit__(kind, error, trace)


def _has_changed(sql: str, context: dict[str, Any]) -> bool:
    verb, rows = sql.split(maxsplit=1)[0], context["cursor"].rowcount
    if rows < 0:  # in a pipeline, where the answer is yet to come; or it writes no rows
        return verb in {"INSERT", "UPDATE", "DELETE", "WITH"}
    return verb != "SELECT" and rows > 0
