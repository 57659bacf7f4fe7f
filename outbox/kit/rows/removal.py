"""Remove old rows of a table: the oldest first, a page per transaction, for a limited time."""

import time
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any, TypeAlias

from django.db import transaction
from django.db.models import QuerySet

from outbox.kit.clock import database_now

PAGE = 1000
"""Rows that one transaction looks at."""

Remove: TypeAlias = Callable[[Collection[Any]], int]
"""Removes those of these rows that may go, and returns how many rows went."""


def remove_old(  # noqa: PLR0913 - each has its name at the call
    rows: QuerySet[Any],
    recorded_at: str,
    *,
    keep: timedelta | None,
    until: float,
    remove: Remove,
    key: str = "pk",
) -> int:
    """Remove rows that are older than ``keep``; the next call finds what this one has left.

    Primary keys follow time closely enough: the first page without an old row is the last.

    :param rows: all rows of the table, so that a page costs the same whatever stays.
    :param recorded_at: the field that says how old a row is.
    :param keep: how long rows are kept; ``None`` for ever.
    :param until: when to stop, by :func:`time.monotonic`.
    :param key: what ``remove`` is given of each old row.
    :returns: how many rows went.
    """
    if keep is None or time.monotonic() >= until:
        return 0
    removed, before = 0, database_now() - keep
    page = rows.order_by("pk")
    while time.monotonic() < until:
        with transaction.atomic():
            found = list(page.values_list("pk", recorded_at, key)[:PAGE])
            old = {value for _, moment, value in found if moment < before}
            if not old:
                break
            removed += remove(old)
        page = rows.filter(pk__gt=found[-1][0]).order_by("pk")
    return removed
