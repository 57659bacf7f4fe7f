"""Orders by status, and money at risk by age, for the first page."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.db import connections, router
from django.db.models.functions import Now

from outbox.kit.admin.links import link
from outbox.kit.money import money
from outbox.kit.signs import MOST_COUNTED, in_words, list_address
from readmodels.models import MoneyAtRisk, OrderSummary

STATUSES: Final = ("waiting", "pending", "confirmed", "fulfilled", "cancelling", "cancelled")

SINCE: Final[Mapping[str, timedelta]] = {
    "Placed in the last hour": timedelta(hours=1),
    "In the last 24 hours": timedelta(days=1),
    "Ever": timedelta(days=36_500),
}

AGES: Final = (
    ("Under 10 minutes", timedelta(0), timedelta(minutes=10)),
    ("10 minutes to 2 hours", timedelta(minutes=10), timedelta(hours=2)),
    ("2 hours to a day", timedelta(hours=2), timedelta(days=1)),
    ("More than a day", timedelta(days=1), timedelta(days=36_500)),
)

# One stretch of the index on status and time for each cell, never further than the limit.
_BY_STATUS = """
SELECT status, ARRAY(
    SELECT (SELECT count(*) FROM (
        SELECT FROM readmodels_ordersummary o
        WHERE o.status = s.status AND o.placed_at >= now() - since.span LIMIT %(most)s) AS few)
    FROM unnest(%(spans)s::interval[]) WITH ORDINALITY AS since (span, number) ORDER BY number)
FROM unnest(%(statuses)s::text[]) AS s (status)
"""


def orders_by_status() -> dict[str, Any]:
    """Return a table: how many orders have each status, each count a link to their list."""
    with connections[router.db_for_read(OrderSummary)].cursor() as cursor:
        cursor.execute(
            _BY_STATUS,
            {
                "statuses": list(STATUSES),
                "spans": list(SINCE.values()),
                "most": MOST_COUNTED + 1,
            },
        )
        counts = dict(cursor.fetchall())
    return {
        "headers": ["Status", *SINCE],
        "rows": [
            [
                link(list_address("readmodels_ordersummary", status=status), shown)
                for shown in (status, *map(in_words, counts[status]))
            ]
            for status in STATUSES
        ],
    }


def money_by_age() -> dict[str, Any]:
    """Return a table: money at risk by age and currency; of very many orders the oldest."""
    rows = []
    for title, youngest, oldest in AGES:
        stretch = MoneyAtRisk.objects.filter(
            amount__gt=0, since__lte=Now() - youngest, since__gt=Now() - oldest
        )
        found = stretch.order_by("since", "order_id").values_list("currency", "amount")
        sums: dict[str, int] = {}
        few = list(found[: MOST_COUNTED + 1])
        for currency, amount in few:
            sums[currency] = sums.get(currency, 0) + amount
        if few:
            total = ", ".join(money(amount, currency) for currency, amount in sums.items())
            shown = link(list_address("readmodels_moneyatrisk"), in_words(len(few)))
            rows.append([title, shown, total])
    return {"headers": ["At risk for", "Orders", "Amount"], "rows": rows}
