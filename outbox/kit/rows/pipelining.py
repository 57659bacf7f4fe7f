"""A transaction whose statements need no answer before the next one: they travel together.

Each by itself is a way to the database and back, which costs both sides more than most of these
statements do. Source: PostgreSQL documentation, libpq, pipeline mode.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from psycopg import Pipeline, Transaction


@contextmanager
def in_one_trip() -> Iterator[None]:
    """Open a transaction, and send it from BEGIN to COMMIT without waiting for an answer.

    What reads a result is waited for. Inside of another transaction the statements of the block
    travel together, and the outer one commits.

    :raises django.db.Error: a statement has failed, and those after it were not executed; nothing
        of the block remains.
    """
    with transaction.atomic():
        driver = connection.connection
        is_outermost = not connection.savepoint_ids
        if is_outermost:
            driver.autocommit = True  # its own BEGIN would be waited for
        with connection.wrap_database_errors, driver.pipeline() as pipeline:
            if not is_outermost:
                with connection.execute_wrapper(_Synced(pipeline)):
                    yield
                return
            with Transaction(driver) as together, connection.execute_wrapper(_Synced(pipeline)):
                yield
                together.force_rollback = connection.needs_rollback


class _Synced:
    """Sends a Sync behind each statement, whose answer is not waited for either.

    Until one comes the server takes the session to be active, and ends it by none of its timeouts
    if its client is paused. Source: PostgreSQL documentation, frontend/backend protocol, section
    Pipelining.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    def __call__(self, execute: Callable[..., Any], *words: Any) -> Any:
        result = execute(*words)
        self.pipeline.pgconn.pipeline_sync()
        self.pipeline.result_queue.append(None)
        return result
