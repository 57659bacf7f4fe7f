"""Send the statements of a transaction without waiting for each answer (libpq pipeline mode).

A round trip costs more than most of these statements do.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg import Transaction


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
        with connection.wrap_database_errors, driver.pipeline():
            if not is_outermost:
                yield
                return
            with Transaction(driver) as together:
                yield
                together.force_rollback = connection.needs_rollback
