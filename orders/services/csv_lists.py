"""Lists as CSV: written for spreadsheets, and read into plans of what they would change."""

import csv
import hashlib
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from outbox.kit.texts import ONE_LINE

MOST_ROWS: Final = 500

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
"""What makes a spreadsheet compute a cell; such a cell is written behind an apostrophe."""


class ListRefused(Exception):
    """A list was not imported: it has problems, or it would not change what was planned."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a list would change, each change as a dataclass, and what is wrong with it, by line."""

    changes: list[Any] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Name this plan; one that changes anything else has another name."""
        return hashlib.blake2b(repr(self.changes).encode(), digest_size=9).hexdigest()

    def require_as_seen(self, digest: str) -> None:
        """Check that this may be carried out.

        :param digest: that of the plan that was shown.
        :raises ListRefused: the list has problems, or would change something else by now.
        """
        if self.problems:
            raise ListRefused("; ".join(f"line {line}: {what}" for line, what in self.problems[:5]))
        if self.digest != digest:
            raise ListRefused("what it changes has changed since this was planned: look again")


def rows_in(
    text: str, plan: Plan, *, required: Collection[str], columns: Collection[str]
) -> list[tuple[int, dict[str | Any, Any]]]:
    """Return the rows of a list with their lines; none, and a problem in the plan, if it is none.

    :param columns: those that it may have.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\N{BYTE ORDER MARK}")), strict=True)
    try:
        header = set(reader.fieldnames or ())
        if wrong := sorted((set(required) - header) | (header - set(columns))):
            plan.problems.append((1, f"columns are missing or unknown: {', '.join(wrong)}"))
            return []
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        plan.problems.append((reader.reader.line_num, f"this is no CSV: {error}"))
        return []
    if len(rows) > MOST_ROWS:
        plan.problems.append((1, f"more than {MOST_ROWS} rows: import them in parts"))
        return []
    return rows


def cells_of(row: Mapping[str | Any, Any]) -> dict[str, str]:
    """Return the texts of a row by column.

    :raises ValueError: it has more or fewer than the header.
    """
    if None in row or None in row.values():
        raise ValueError("it has another number of fields than the header")
    return {name: value.removeprefix("'") for name, value in row.items()}


def one_line_in(name: str, text: str, *, least: int, most: int) -> str:
    """Return a text of one line.

    :raises ValueError: it is too short or too long, or has several lines.
    """
    if not least <= len(text) <= most or not ONE_LINE.match(text):
        raise ValueError(f"{name}: one line of {least} to {most} characters")
    return text


def cell(text: str) -> str:
    """Return a text as a cell that a spreadsheet shows and does not compute."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def line_of(fields: Iterable[str]) -> str:
    """Return a line of CSV (RFC 4180)."""
    written = io.StringIO()
    csv.writer(written).writerow(fields)
    return written.getvalue()
