"""An invariant of the audit: queries that must return no row, and counts of what was checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import connection

from config.audit.book import GatewayBook, read_book
from config.audit.other_database import are_apart

Row = dict[str, Any]
Parameters = Mapping[str, Any]

ROWS_SHOWN = 10
"""How many of the rows that break an invariant are printed; all are counted."""


@dataclass(frozen=True)
class Run:
    """One audit, with the gateway's book.

    :ivar own_book: no other database shares the book, so a charge for an order that is unknown
        here is a violation.
    :ivar book: the gateway's book before the snapshot of the queries: whatever it has was asked for
        by a row of the snapshot.
    """

    own_book: bool = False
    book: GatewayBook = field(default_factory=read_book)

    @cached_property
    def later_book(self) -> GatewayBook:
        """The book after the snapshot: it has whatever a row of the snapshot says was done."""
        return read_book()


@dataclass(frozen=True, slots=True)
class Violation:
    """A violated check: how many rows it found, and the first of them."""

    what: str
    total: int
    rows: list[Row]


def no_parameters(_run: Run) -> Parameters:
    """Return no parameters."""
    return {}


@dataclass(frozen=True, slots=True)
class Check:
    """A query that must return no row.

    :ivar what: a sentence that is true of each row it does return.
    :ivar parameters: returns the query's parameters, or ``None`` if the check does not apply.
    """

    what: str
    query: str
    parameters: Callable[[Run], Parameters | None] = no_parameters

    def violation(self, run: Run) -> Violation | None:
        """Run the query; return what it found, or ``None``."""
        parameters = self.parameters(run)
        if parameters is None:
            return None
        bounded = (
            f"SELECT count(*) OVER () AS total, broken.* FROM ({self.query}) AS broken"  # noqa: S608 - our own text
            f" LIMIT {ROWS_SHOWN}"
        )
        rows = select(bounded, parameters)
        return (
            Violation(self.what, rows[0]["total"], [_shown(row) for row in rows]) if rows else None
        )


Count = Callable[[Run], int]


@dataclass(frozen=True)
class Invariant:
    """One promise of the design, by its number.

    :ivar counted: counts of what was checked, by a noun in the plural.
    """

    name: str
    title: str
    counted: Mapping[str, Count]
    checks: Sequence[Check]


def rows_apart(_run: Run) -> Parameters:
    """Return whether read rows may be ahead of the snapshot, as a parameter."""
    return {"apart": are_apart()}


def count_of(query: str) -> Count:
    """Return a count that is the result of a query."""

    def count(_run: Run) -> int:
        (row,) = select(query, {})
        (number,) = row.values()
        return int(number or 0)

    return count


def rows_in(table: str) -> Count:
    """Return a count of the rows of a table."""
    return count_of(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own text


def select(query: str, parameters: Parameters) -> list[Row]:
    """Return the rows of a query by column name."""
    with connection.cursor() as cursor:
        # Without parameters a percent sign needs no doubling, so nothing must be passed then.
        cursor.execute(query, parameters or None)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _shown(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "total"}
