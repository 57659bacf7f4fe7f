"""The sandbox gateway's own book: what the outside party says was charged and refunded."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from django.conf import settings

_EFFECTIVE = """
SELECT key, kind, order_id, amount, currency FROM entry
WHERE decline_code = '' ORDER BY key
"""


@dataclass(frozen=True, slots=True)
class GatewayBook:
    """The effective entries of the book, column by column. Amounts are minor units.

    :ivar readable: whether there is a book at all; only the sandbox keeps one.
    """

    readable: bool = False
    keys: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    order_ids: list[str] = field(default_factory=list)
    amounts: list[int] = field(default_factory=list)
    currencies: list[str] = field(default_factory=list)


def read_book() -> GatewayBook:
    """Read what the sandbox has done up to now.

    A sandbox that was never called has no file yet: its book is empty.
    """
    if settings.PAYMENT_GATEWAY != "sandbox":
        return GatewayBook()
    path = Path(settings.SANDBOX_BOOK)
    if not path.exists():
        return GatewayBook(readable=True)
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=10)) as book:
        entries = book.execute(_EFFECTIVE).fetchall()
    columns = [list(column) for column in zip(*entries, strict=True)]
    names = ("keys", "kinds", "order_ids", "amounts", "currencies")
    return GatewayBook(readable=True, **dict(zip(names, columns, strict=False)))
