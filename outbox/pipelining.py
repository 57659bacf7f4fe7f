"""Statements that need no answer before the next one travel to the database together.

Each one by itself is a way there and back, which costs both sides more than most of these
statements do. Source: PostgreSQL documentation, libpq, pipeline mode.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def pipelined() -> Iterator[None]:
    """Send what the block executes without waiting, except where it reads a result.

    :raises django.db.Error: a statement of the block has failed; those after it were not executed.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield
