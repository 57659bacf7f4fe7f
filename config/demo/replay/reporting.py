"""How a command ends: a summary in a file, or one line that says what went wrong."""

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
    """Refuse a file for the summary that could not be written in the end.

    :raises InputRefused: it is a folder, or its folder does not exist.
    """
    if path and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise InputRefused(f"--json {path}: it wants a file in a folder that exists")


def write_summary(path: Path, summary: Summary) -> None:
    """Write it as JSON, under the names of its fields."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(summary), indent=2) + b"\n")


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Turn what can go wrong into a line and an exit status: 2 for the input, 1 for the rest.

    :raises CommandError: always when something went wrong.
    """
    try:
        yield
    except InputRefused as error:
        raise CommandError(str(error), returncode=2) from error
    except (NothingMoves, OrderRefused) as error:
        raise CommandError(str(error), returncode=1) from error
    except DatabaseError as error:
        raise CommandError(_told(error), returncode=1) from error
    except KeyboardInterrupt as error:
        message = "interrupted: run it again to go on where it stopped"
        raise CommandError(message, returncode=130) from error


def _told(error: DatabaseError) -> str:
    first_line = str(error).partition("\n")[0]
    if isinstance(error, DatabaseUnavailable):
        return f"the database does not answer: {first_line}"
    if isinstance(error.__cause__, UndefinedTable):
        return "the database lacks our tables: run manage.py migrate first"
    return f"the database refuses a statement, which is a fault of ours: {first_line}"
