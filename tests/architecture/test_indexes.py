"""Every index costs each insert and most updates of its table: none may be there for nothing."""

import pytest
from django.db import connection

from tests.packages import APPS

pytestmark = pytest.mark.django_db

OUR_TABLES = f"^({'|'.join(APPS)}|sagas)_"

# Without a condition and not unique: what another one, which begins with the same columns, serves.
_REPEATED = """
SELECT less.indexrelid::regclass::text
FROM pg_index less
JOIN pg_index more ON more.indrelid = less.indrelid AND more.indexrelid <> less.indexrelid
JOIN pg_class t ON t.oid = less.indrelid
WHERE t.relname ~ %s AND less.indpred IS NULL AND more.indpred IS NULL AND NOT less.indisunique
  AND less.indclass::text = split_part(more.indclass::text, ' ', 1)
  AND more.indkey::text LIKE less.indkey::text || ' %%'
"""

# Django makes one beside each index on a text, for LIKE 'abc%': nobody here asks for that.
_FOR_PATTERNS = """
SELECT indexrelid::regclass::text FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relname = ANY(%s) AND pg_get_indexdef(indexrelid) LIKE '%%pattern_ops%%'
"""
WRITTEN_FOR_EACH_ORDER = [
    "inventory_reservation",
    "inventory_stockmovement",
    "orders_order",
    "orders_orderline",
    "outbox_conversation",
    "outbox_lane",
    "outbox_message",
    "payments_payment",
    "payments_paymentoperation",
    "readmodels_orderdetail",
    "readmodels_ordersummary",
    "sagas_sagahistory",
    "sagas_sagainstance",
    "sagas_sagastep",
]


def found(query: str, value: str | list[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query, [value])
        return [name for (name,) in cursor]


def test_no_index_is_the_beginning_of_another() -> None:
    assert found(_REPEATED, OUR_TABLES) == []


def test_no_order_keeps_an_index_for_patterns() -> None:
    assert found(_FOR_PATTERNS, WRITTEN_FOR_EACH_ORDER) == []
    assert set(WRITTEN_FOR_EACH_ORDER) <= set(connection.introspection.table_names())
