"""What nobody sends in good faith is refused by name, and never brings the server down."""

import base64
import json
from datetime import date
from typing import Any, get_args
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from orders.models import Order
from tests.api.test_plans import lists
from tests.routes import Route, routes

LINE = {"sku": "MUG", "quantity": 1}
ORDER = {"lines": [LINE], "payment_method": "pm_card_visa"}

NUMBERS = [0, -1, 2**31, 2**63, 2**64, 10**400, 0.5, -0.0, 1e308, True, None, "1", [1], {"n": 1}]
TEXTS = [
    "",
    " ",
    "\x00",
    "M\x00G",
    "\ufeffMUG",
    "\u202eGUM",
    "é" * 41,
    "🫖" * 10_000,
    "'; --",
    "../",
]

FORGED: dict[Any, Any] = {date: "2026-01-01", int: 1, UUID: str(UUID(int=1))}
"""What stands in a forged cursor for the parts of a position that are no texts."""


def posted(client: APIClient, body: bytes | dict[str, Any], path: str = "/api/v1/orders") -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, content, content_type="application/json")


def assert_refused(answer: Any) -> None:
    assert 400 <= answer.status_code < 500, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"
    assert not Order.objects.exists()


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: str(number)[:20])
@pytest.mark.parametrize("field", ["quantity", "expected_total"])
def test_numbers_at_the_edges(ada: APIClient, field: str, number: Any) -> None:
    line = LINE | ({"quantity": number} if field == "quantity" else {})
    more = {} if field == "quantity" else {"expected_total": number}
    assert_refused(posted(ada, ORDER | {"lines": [line]} | more))


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:20])
@pytest.mark.parametrize("field", ["sku", "payment_method"])
def test_texts_of_every_kind(ada: APIClient, field: str, text: str) -> None:
    order = ORDER | ({"lines": [LINE | {"sku": text}]} if field == "sku" else {field: text})
    assert_refused(posted(ada, order))


@pytest.mark.parametrize(
    "body",
    [
        b'{"lines": "' + b"x" * 10_000_000 + b'"}',
        json.dumps({"lines": [LINE] * 1_000_000}).encode(),
        json.dumps(ORDER | {"lines": [LINE] * 1_201}).encode(),
        b"[" * 200_000,
        b'{"lines":' * 28_000 + b"1" + b"}" * 28_000,
        b'{"lines": 1' + b"0" * 240_000 + b"}",
        b"\x00" * 1_000,
        b'"\\ud800"',
        "{}".encode("utf-16"),
        b'{"lines": [], "lines": []}',
    ],
    ids=lambda body: f"{body[:20]!r} of {len(body)}",
)
def test_bodies_that_are_too_large_too_deep_or_no_json(ada: APIClient, body: bytes) -> None:
    assert_refused(posted(ada, body))


@pytest.mark.parametrize("text", ["%00", "%ff", "%F0%9F%AB%96", "9" * 5_000, "..%2f", "'%22<b>"])
def test_query_strings_of_every_kind(ada: APIClient, text: str) -> None:
    for name in ("status", "customer", "cursor", "ordering", "page_size", "placed_from", text):
        answer = ada.get(f"/api/v1/orders?{name}={text}")
        assert 400 <= answer.status_code < 500, (name, text)


def test_a_forged_cursor_of_any_list_is_refused(boss: APIClient) -> None:
    """Each text of a position is replaced by one that PostgreSQL cannot store."""
    tried = set()
    for address, view in lists().items():
        parts = get_args(view.position)
        forged = [FORGED.get(part, "M\x00G") for part in parts]
        if "M\x00G" in forged:
            tried.add(address)
            cursor = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("=")
            answer = boss.get(address, {"cursor": cursor})
            assert answer.status_code in {400, 404}, (address, answer.content)
    assert tried >= {"/api/v1/products", "/api/v1/sales", "/api/v1/stock"}


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_AUTHORIZATION": "Bearer \x00"},
        {"HTTP_AUTHORIZATION": "Bearer é"},
        {"HTTP_AUTHORIZATION": "Bearer " + "x" * 8_000},
        {"HTTP_AUTHORIZATION": "Basic Og=="},
        {"HTTP_IDEMPOTENCY_KEY": "\x00" * 10},
        {"HTTP_IDEMPOTENCY_KEY": "x" * 256},
        {"HTTP_CONSISTENCY_TOKEN": "\x00"},
        {"CONTENT_TYPE": "multipart/form-data"},
        {"HTTP_ACCEPT": "text/\x00"},
    ],
    ids=str,
)
def test_headers_of_every_kind(ada: APIClient, headers: dict[str, Any]) -> None:
    for method in (ada.get, ada.post):
        answer = method("/api/v1/orders", **headers)
        assert answer.status_code < 500, answer.content[:300]


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", '"x"', "{", '{"\\x00": 1}'])
def test_every_address_survives_every_body(boss: APIClient, body: str) -> None:
    for route in routes():
        if is_ours(route):
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                answer = boss.generic(method, route.address, body, content_type="application/json")
                assert answer.status_code < 500, (method, route, answer.content[:300])


def is_ours(route: Route) -> bool:
    return route.address.startswith("/api/v1/")
