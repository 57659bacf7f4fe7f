"""Change the sandbox's book, as a provider's changes without our requests."""

import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings


def alter_book(statement: str, *values: object) -> None:
    with closing(sqlite3.connect(Path(settings.SANDBOX_BOOK), isolation_level=None)) as book:
        book.execute(statement, values)
