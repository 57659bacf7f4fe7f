"""Send the statements of a transaction without waiting for each answer (libpq pipeline mode).

A round trip costs more than most of these statements do.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from psycopg import Pipeline, Transaction


@contextmanager
def in_one_trip() -> Iterator[None]:
    """Open a transaction and pipeline it from BEGIN to COMMIT.

    Reading a result waits for it. Inside another transaction only the block is pipelined, and the
    outer one commits.

    :raises django.db.Error: a statement failed; those after it were not executed, and the whole
        block is rolled back.
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
