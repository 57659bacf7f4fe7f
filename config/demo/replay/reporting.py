"""Report the end of a command: a summary in a file, or an error in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from django.core.management.base import CommandError
from django.db import DatabaseError
from psycopg.errors import UndefinedTable

from config.demo.replay.columns import InputRefused
from config.demo.replay.settling import NothingMoves
from config.demo.replay.summary import Summary
from config.postgresql.errors import DatabaseUnavailable
from orders.pricing import OrderRefused


def require_writable(path: Path | None) -> None:
    """Check early that the summary can be written.

    :raises InputRefused: it is a folder, or its folder does not exist.
    """
    if path and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise InputRefused(f"--json {path}: it wants a file in a folder that exists")


def write_summary(path: Path, summary: Summary) -> None:
    """Write the summary as JSON, with the names of its fields."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(summary), indent=2) + b"\n")


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Turn expected errors into one line and an exit status: 2 for bad input, 1 otherwise.

    :raises CommandError: for each of them.
    """
    try:
        yield
    except InputRefused as error:
        raise CommandError(str(error), returncode=2) from error
    except (NothingMoves, OrderRefused) as error:
        raise CommandError(str(error), returncode=1) from error
    except DatabaseError as error:
        raise CommandError(_in_words(error), returncode=1) from error
    except KeyboardInterrupt as error:
        message = "interrupted: run it again to go on where it stopped"
        raise CommandError(message, returncode=130) from error


def _in_words(error: DatabaseError) -> str:
    first_line = str(error).partition("\n")[0]
    if isinstance(error, DatabaseUnavailable):
        return f"the database does not answer: {first_line}"
    if isinstance(error.__cause__, UndefinedTable):
        return "the database lacks our tables: run manage.py migrate first"
    return f"the database refuses a statement, which is a fault of ours: {first_line}"
