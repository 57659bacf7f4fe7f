"""The sandbox gateway's own book: what it did for an order, and what of its money is with us."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from payments.models import PaymentOperation


@dataclass(frozen=True)
class BookEntry:
    """A line of the gateway's own book; ``calls`` counts how often its key was sent."""

    key: str
    kind: str
    amount: int
    decline_code: str
    calls: int


def book_of(order_id: UUID) -> list[BookEntry]:
    """Ask the gateway what it did for an order."""
    path = Path(settings.SANDBOX_BOOK)
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as book:
        rows = book.execute(
            "SELECT key, kind, amount, decline_code, calls FROM entry"
            " WHERE order_id = ? ORDER BY kind, key",
            [str(order_id)],
        )
        return [BookEntry(*row) for row in rows]


def moved(order_id: UUID, *kinds: str) -> list[int]:
    """Return the amounts that the gateway did move for an order, by kinds of operations."""
    return [e.amount for e in book_of(order_id) if e.kind in kinds and not e.decline_code]


def taken(order_id: UUID) -> list[int]:
    """Return the amounts that the gateway took for an order."""
    return moved(order_id, "charge", "capture")


def kept(order_id: UUID) -> int:
    """Return what of an order's money is with us, or set aside for us, by the gateway's book.

    What our ledger has released is not counted: the gateway lets go of it with the rest.
    """
    set_aside = sum(moved(order_id, "authorize")) - sum(moved(order_id, "capture", "void"))
    if has_ended(order_id):
        set_aside = 0
    else:
        set_aside -= released(order_id)
    return set_aside + sum(taken(order_id)) - sum(moved(order_id, "refund"))


def has_ended(order_id: UUID) -> bool:
    """Tell whether nothing of an order's authorization is set aside any more."""
    endings = PaymentOperation.objects.filter(
        payment__order_id=order_id, outcome="succeeded", kind__in=("capture", "void")
    )
    return endings.filter(rest_stays=False).exists()


def released(order_id: UUID) -> int:
    """Return what of an order's authorization will not be captured."""
    released = PaymentOperation.objects.filter(payment__order_id=order_id, kind="release")
    return sum(released.values_list("amount", flat=True))


def empty_book() -> None:
    """Let the gateway forget earlier orders."""
    path = Path(settings.SANDBOX_BOOK)
    if path.exists():
        with closing(sqlite3.connect(path, isolation_level=None)) as book:
            book.execute("DELETE FROM entry")
