"""Pages of other origins use the API if ``CORS_ORIGINS`` names them, and nothing else of ours."""

import pytest
from django.test import Client
from pytest_django import Settings

SHOP = "https://shop.example"
PRODUCTS = "/api/v1/products"


@pytest.fixture(autouse=True)
def _one_origin(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]


def asked_before(client: Client, origin: str, address: str = PRODUCTS) -> dict[str, str]:
    """Return what a browser is told before it sends a POST with a header of ours."""
    answer = client.options(
        address,
        secure=True,
        HTTP_ORIGIN=origin,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="idempotency-key, on-behalf-of",
    )
    return {k: v for k, v in answer.headers.items() if k.startswith("access-control-")}


@pytest.mark.django_db
def test_the_shops_own_origin_may_send_sessions_and_read_what_concerns_it(client: Client) -> None:
    told = asked_before(client, SHOP)
    assert told["access-control-allow-origin"] == SHOP
    assert told["access-control-allow-credentials"] == "true"
    assert {"idempotency-key", "on-behalf-of", "x-request-id"} <= set(
        told["access-control-allow-headers"].split(", ")
    )
    answer = client.get(PRODUCTS, secure=True, HTTP_ORIGIN=SHOP)
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert {"Consistency-Token", "RateLimit", "RateLimit-Policy"} <= exposed
    assert "origin" in answer.headers["Vary"].lower()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://shop.example", "https://shop.example.evil.example", "null"],
)
def test_other_origins_are_told_nothing(client: Client, origin: str) -> None:
    assert asked_before(client, origin) == {}
    answer = client.get(PRODUCTS, secure=True, HTTP_ORIGIN=origin)
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/admin/", "/metrics", "/api/schema/", "/livez"])
def test_nothing_but_the_api_is_open_to_other_origins(client: Client, address: str) -> None:
    assert asked_before(client, SHOP, address) == {}
