"""Every list is read by an index, however it is narrowed down and ordered, at 100,000 rows."""

from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.db import connection
from rest_framework.test import APIClient

from orders.models import Customer
from outbox.kit.http.permissions import AUTHENTICATED
from tests.api.conftest import member_of
from tests.routes import routes

ROWS = 100_000
MOST_SORTED = ROWS // 20
"""Rows that may be sorted to make a page: what a narrow filter leaves over, never a whole table."""

CUSTOMER = "00000000-0000-0000-0000-000000000007"

FILL = {
    "/api/v1/orders": """
        INSERT INTO readmodels_ordersummary (order_id, customer_id, item_count,
            amount, currency, status, reason_code, placed_at, sequence)
        SELECT gen_random_uuid(),
               ('00000000-0000-0000-0000-' || lpad((n %% 500)::text, 12, '0'))::uuid,
               1, (n * 7919) %% 100000, 'GBP',
               CASE WHEN n %% 10 = 0 THEN 'cancelled' WHEN n %% 1000 = 1 THEN 'pending'
                    ELSE 'confirmed' END,
               '', now() - n * interval '1 minute', 1
        FROM generate_series(1, %s) AS n
    """,
    "/api/v1/sales": """
        INSERT INTO readmodels_dailysales (day, sku, country, currency, orders, units, amount,
            returned_units, returned_amount)
        SELECT date '2026-01-01' + n %% 500, 'SKU-' || n %% 200, 'Country ' || n / 1000, 'GBP',
               1, 2, 3, 0, 0
        FROM generate_series(1, %s) AS n
    """,
    "/api/v1/stock": """
        INSERT INTO readmodels_stocklevel (sku, on_hand, reserved, bookings)
        SELECT 'SKU-' || n, 10, 1, 1 FROM generate_series(1, %s) AS n
    """,
    "/api/v1/money-at-risk": """
        INSERT INTO readmodels_moneyatrisk (order_id, currency, authorized, captured, is_confirmed,
            failed_refunds, risk, amount, since, sequence)
        SELECT gen_random_uuid(), 'GBP', 0, 100, n %% 50 <> 0, '[]',
               CASE WHEN n %% 50 = 0 THEN 'not_confirmed' ELSE '' END,
               CASE WHEN n %% 50 = 0 THEN 100 ELSE 0 END,
               CASE WHEN n %% 50 = 0 THEN now() - n * interval '1 minute' END, 1
        FROM generate_series(1, %s) AS n
    """,
    "/api/v1/products": """
        INSERT INTO orders_product (sku, name, category, currency, for_sale)
        SELECT 'SKU-' || n, 'Goods', 'sort-' || n %% 500, 'GBP', n %% 10 <> 0
        FROM generate_series(1, %s) AS n
    """,
    "/api/v1/product-prices": """
        INSERT INTO orders_productprice (product_id, currency, unit_price)
        SELECT 'SKU-' || n, 'GBP', 100 FROM generate_series(1, %s) AS n
    """,
    "/api/v1/customers": """
        INSERT INTO orders_customer (id, name, email, country, reference, words)
        SELECT gen_random_uuid(), 'Ada', '', '', 'crm:' || n, 'ada crm:' || n
        FROM generate_series(1, %s) AS n
    """,
    "/api/v1/payments": """
        INSERT INTO payments_payment (id, order_id, amount, currency, payment_method, given_up,
            needs_attention, attention_reason, created_at)
        SELECT gen_random_uuid(), gen_random_uuid(), 100, 'GBP', 'pm_card_visa', false,
               n %% 1000 = 0, '', now()
        FROM generate_series(1, %s) AS n
    """,
    "/api/v1/refund-proposals": """
        INSERT INTO orders_refundproposal (id, order_id, act, amount, details, reason,
            proposer_id, proposed_by, proposed_at, decided_by, decided_at, approved)
        SELECT gen_random_uuid(), gen_random_uuid(), 'refund', 100, '{}', 'broken',
               1, 'ada', now(), 'bob', CASE WHEN n %% 1000 <> 0 THEN now() END, true
        FROM generate_series(1, %s) AS n
    """,
    "/api/v1/shipments": """
        INSERT INTO orders_shipment (id, order_id, status, amount, carrier, tracking, packed_by,
            packed_at, dispatched_by, held_back, dispatched_at)
        SELECT gen_random_uuid(), gen_random_uuid(),
               CASE WHEN n %% 1000 = 0 THEN 'packed' ELSE 'dispatched' END, 100, '', '', 'ada',
               now(), '', '', CASE WHEN n %% 1000 <> 0 THEN now() END
        FROM generate_series(1, %s) AS n
    """,
    "/api/v1/returns": """
        INSERT INTO orders_orderreturn (id, order_id, amount, lines, reason, requested_at,
            expected_until, completed_at)
        SELECT gen_random_uuid(), gen_random_uuid(), 100, '[]', '', now(),
               CASE WHEN n %% 1000 = 0 THEN now() END, CASE WHEN n %% 1000 <> 0 THEN now() END
        FROM generate_series(1, %s) AS n
    """,
    "/api/v1/operations/dead-letters": """
        INSERT INTO outbox_lane (subscriber, correlation_id, next, since, due_at, attempts, stopped)
        SELECT 'SKU-' || n %% 10, gen_random_uuid(), 1, now(), now(), 1, n %% 1000 = 0
        FROM generate_series(1, %s) AS n
    """,
    "/api/v1/operations/webhook-endpoints": """
        INSERT INTO outbox_webhookendpoint (name, url, events, failures, paused_because, paused_by,
            added_at)
        SELECT CASE n WHEN 1 THEN 'MUG' ELSE 'endpoint-' || n END, 'https://hooks.example',
               '{OrderConfirmed}', 0, '', '', now()
        FROM generate_series(1, %s) AS n
    """,
    "/api/v1/operations/webhook-endpoints/MUG/attempts": """
        INSERT INTO outbox_webhookattempt (endpoint_id, message_id, event, correlation_id, attempt,
            status, milliseconds, excerpt, at)
        SELECT CASE WHEN n %% 100 = 0 THEN 'MUG' ELSE 'endpoint-' || 2 + n %% 500 END,
               gen_random_uuid(), 'OrderConfirmed', gen_random_uuid(), 1, 200, 5, '', now()
        FROM generate_series(1, %s) AS n
    """,
    "/api/v1/operations/webhook-endpoints/MUG/resends": """
        INSERT INTO outbox_webhookresend (id, endpoint_id, since, until, found, done, asked_at)
        SELECT gen_random_uuid(), CASE WHEN n %% 100 = 0 THEN 'MUG' ELSE 'endpoint-' || 2 + n %% 500
               END, now(), now(), 0, 0, now()
        FROM generate_series(1, %s) AS n
    """,
}
"""How the table of each list is filled; a new list needs its line."""

VALUES = {
    "status": ["pending", "confirmed"],
    "customer": [CUSTOMER],
    "placed_from": ["2020-01-01T00:00:00Z"],
    "placed_before": ["2020-01-01T00:00:00Z", "2120-01-01T00:00:00Z"],
    "amount_from": ["0", "99990"],
    "amount_to": ["10", "100000"],
    "day_from": ["2026-01-01", "2027-05-01"],
    "day_to": ["2026-01-02", "2028-01-01"],
    "sku": ["SKU-7"],
    "country": ["Country 7"],
    "category": ["sort-7"],
    "order": [CUSTOMER],
    "open": ["true", "false"],
    "reference": ["crm:7"],
    "search": ["crm:777", "crm:7777 ada", "0123abcd"],
    "needs_attention": ["true", "false"],
    "subscriber": ["SKU-7"],
    "message_type": ["OrderPlaced"],
    "risk": ["not_confirmed", "not_captured"],
    "since_before": ["2020-01-01T00:00:00Z", "2120-01-01T00:00:00Z"],
}
"""What each filter is tried with: much that it leaves over, and little."""


def lists() -> dict[str, Any]:
    """Return the views of all lists by their address."""
    return {
        route.address: route.view.cls
        for route in routes()
        if hasattr(getattr(route.view, "cls", None), "position")
    }


def tried(name: str, offered: Any) -> list[str]:
    """Return the values that a filter is tried with: some of its own choices, if it has any."""
    choices = [value for value, _ in offered.extra.get("choices", ())]
    fitting = [value for value in VALUES[name] if not choices or value in choices]
    return fitting or choices[:2]


def queries(view: Any) -> Iterator[str]:
    """Yield each ordering alone, with each filter, and with the first value of all filters."""
    filters = view.filterset_class.base_filters if hasattr(view, "filterset_class") else {}
    values_of = {name: tried(name, each) for name, each in filters.items()}
    narrowed: list[dict[str, str]] = [{}, {name: each[0] for name, each in values_of.items()}]
    narrowed += [{name: value} for name, each in values_of.items() for value in each]
    orderings = [{"ordering": name} for name in getattr(view, "orderings", ())] or [{}]
    for ordering, query in product(orderings, narrowed):
        yield urlencode(query | ordering)


def faults(node: dict[str, Any], tables: set[str]) -> Iterator[str]:
    """Yield what is wrong with a plan: a table read from end to end, or too much sorted."""
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] in tables:
        yield f"reads all of {node['Relation Name']}"
    if node["Node Type"] == "Sort" and node["Plan Rows"] > MOST_SORTED:
        yield f"sorts {node['Plan Rows']} rows"
    for below in node.get("Plans", ()):
        yield from faults(below, tables)


class Plans:
    """Has every query of a request explained before it runs."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def __call__(self, execute: Any, sql: str, values: Any, many: Any, context: Any) -> Any:
        if sql.lstrip().startswith(("SELECT", "WITH")):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", values)
                self.seen.append(cursor.fetchone()[0][0]["Plan"])
        return execute(sql, values, many, context)


@pytest.mark.django_db
def test_every_list_in_every_order_through_every_filter_is_served_by_an_index() -> None:
    tables = {statement.split()[2] for statement in FILL.values()}
    with connection.cursor() as cursor:
        # What these rows refer to need not be there.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in FILL.values():
            cursor.execute(statement, [ROWS])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute(f"ANALYZE {', '.join(tables)}")
    user = User.objects.create_user("ada")
    Customer.objects.create(id=CUSTOMER, name="Ada", user=user)
    staff = member_of("admin")
    wrong = {}
    for address, view in lists().items():
        assert address in FILL, "say in FILL how its table is filled"
        everybody = [user, staff] if view.needs["GET"] == AUTHENTICATED else [staff]
        for who, query in product(everybody, queries(view)):
            plans = Plans()
            client = APIClient()
            client.force_authenticate(who)
            page = f"{address}?{query}"
            with connection.execute_wrapper(plans):
                first = client.get(page)
                assert first.status_code == 200, first.content
                assert client.get(first.json()["next"] or page).status_code == 200
            assert plans.seen
            if found := {fault for plan in plans.seen for fault in faults(plan, tables)}:
                wrong[who.username, page] = found
    assert wrong == {}
