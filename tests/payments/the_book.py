"""The sandbox's book, altered as a provider's might be without us."""

import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings


def alter_book(statement: str, *values: object) -> None:
    with closing(sqlite3.connect(Path(settings.SANDBOX_BOOK), isolation_level=None)) as book:
        book.execute(statement, values)
