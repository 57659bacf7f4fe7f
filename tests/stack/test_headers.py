"""Every route answers with the headers that protect whoever opens it; a new one is found here."""

import pytest
from django.test import Client
from pytest_django import Settings

from tests.routes import Route, routes

POLICY = (
    "base-uri 'none'; default-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "img-src 'self' data:; object-src 'none'; style-src 'self' 'unsafe-inline'"
)
POLICY_OF_DATA = "default-src 'none'; frame-ancestors 'none'"
POLICY_OF_THE_ADMIN = POLICY.replace("style-src", "script-src 'self' 'unsafe-eval'; style-src")

SNAPSHOT = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "includeSubDomains; max-age=31536000; preload",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every answer bears in production, whatever its status."""


def expected(route: Route, *, is_data: bool) -> dict[str, str]:
    """Scripts may be evaluated under the admin only; what the API says is kept nowhere."""
    wanted = dict(SNAPSHOT)
    if route.address.startswith("/admin/"):
        wanted["Content-Security-Policy"] = POLICY_OF_THE_ADMIN
    if is_data:
        wanted["Content-Security-Policy"] = POLICY_OF_DATA
    if route.address.startswith("/api/"):
        wanted["Cache-Control"] = "no-store"
    return wanted


def in_order(value: str) -> str:
    """Sort what a header lists: django-csp writes its directives in any order."""
    return "; ".join(sorted(value.split("; ")))


@pytest.fixture(autouse=True)
def _as_in_production(settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_route_bears_the_headers_of_the_snapshot(client: Client, method: str) -> None:
    wrong = {}
    for route in routes():
        answer = getattr(client, method)(route.address, secure=True)
        assert answer.status_code < 500, route
        wanted = expected(route, is_data="json" in answer.headers.get("Content-Type", ""))
        headers = {name: in_order(answer.headers.get(name, "")) for name in wanted}
        if headers != wanted:
            wrong[route.pattern] = headers
    assert wrong == {}


def test_every_route_is_looked_at() -> None:
    patterns = {route.pattern for route in routes()}
    assert {
        "/livez",
        "/problems/<slug:name>",
        "/api/v1/orders/<uuid:order_id>",
        "/admin/login/",
    } <= patterns
    assert len(patterns) > 50
