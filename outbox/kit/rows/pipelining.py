"""A transaction whose statements need no answer before the next one: they travel together.

Each by itself is a way to the database and back, which costs both sides more than most of these
statements do. Source: PostgreSQL documentation, libpq, pipeline mode.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg import Transaction


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
        with connection.wrap_database_errors, driver.pipeline():
            if not is_outermost:
                yield
                return
            with Transaction(driver) as together:
                yield
                together.force_rollback = connection.needs_rollback
