"""Whatever goes wrong under /api/ is told as a problem (RFC 9457)."""

import json
import logging
from html import escape
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings
from rest_framework.exceptions import APIException
from rest_framework.test import APIClient
from structlog.stdlib import ProcessorFormatter

from config.http.problem_pages import kinds
from config.http.problems import type_of
from orders import services
from testkit.shop import Shop


def assert_problem(response: Any, status: int, kind: str) -> None:
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    problem = response.json()
    assert problem.keys() >= {"type", "title", "status", "detail", "instance"}
    assert (problem["type"], problem["status"]) == (f"/problems/{kind}", status)
    assert problem["instance"] == response.wsgi_request.path
    assert problem["request_id"] == response["X-Request-ID"]
    assert Client().get(problem["type"]).status_code == 200


def test_without_a_token_one_is_asked_for(nobody: APIClient) -> None:
    refused = nobody.get("/api/v1/orders")
    assert_problem(refused, 401, "not-authenticated")
    assert refused["WWW-Authenticate"] == "Bearer"


def test_a_wrong_token_is_refused(nobody: APIClient) -> None:
    nobody.credentials(HTTP_AUTHORIZATION="Bearer nonsense")
    refused = nobody.get("/api/v1/orders")
    assert_problem(refused, 401, "authentication-failed")
    assert refused["WWW-Authenticate"] == "Bearer"


def test_a_user_who_may_not_log_in_may_not_ask(ada: APIClient, shop: Shop) -> None:
    User.objects.update(is_active=False)
    assert shop.customer.user is not None
    assert_problem(ada.get("/api/v1/orders"), 401, "authentication-failed")


def test_a_method_that_is_not_offered_names_those_that_are(ada: APIClient) -> None:
    refused = ada.delete("/api/v1/orders")
    assert_problem(refused, 405, "method-not-allowed")
    assert refused["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_what_the_openapi_document_says_is_not_said_otherwise_elsewhere(ada: APIClient) -> None:
    assert_problem(ada.options("/api/v1/orders"), 405, "method-not-allowed")
    assert_problem(ada.get("/api/v1/orders?format=json"), 400, "invalid-input")


def test_a_media_type_that_is_not_offered_is_refused(ada: APIClient) -> None:
    refused = ada.get("/api/v1/orders", HTTP_ACCEPT="text/csv")
    assert_problem(refused, 406, "not-acceptable")


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v1/orders/", "/api/v1/orders/7", "/api/"]
)
@pytest.mark.parametrize("debug", [False, True])
def test_an_address_that_nothing_serves(
    nobody: APIClient, settings: Settings, path: str, *, debug: bool
) -> None:
    settings.DEBUG = debug
    assert_problem(nobody.get(path), 404, "not-found")


def test_an_address_that_nothing_serves_needs_no_csrf_token() -> None:
    assert_problem(Client(enforce_csrf_checks=True).post("/api/v1/orders/7"), 404, "not-found")


def test_where_it_happened_is_told_as_a_uri(nobody: APIClient) -> None:
    assert nobody.get("/api/v1/é").json()["instance"] == "/api/v1/%C3%A9"


def test_outside_the_api_people_get_a_page(client: Client) -> None:
    missing = client.get("/nothing")
    assert (missing.status_code, missing["Content-Type"]) == (404, "text/html; charset=utf-8")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """Return what is written to the log."""
    written = StringIO()
    (handler,) = (
        each
        for each in logging.getLogger().handlers
        if isinstance(each, logging.StreamHandler)
        and isinstance(each.formatter, ProcessorFormatter)
    )
    monkeypatch.setattr(handler, "stream", written)
    return written


def test_an_error_of_ours_is_told_without_what_it_was(
    ada: APIClient, monkeypatch: pytest.MonkeyPatch, log: StringIO
) -> None:
    def fail(**_: Any) -> None:
        raise ZeroDivisionError("a secret of the house")

    monkeypatch.setattr(services, "place_order", fail)
    body = {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_card_visa"}
    failed = ada.post("/api/v1/orders", body, format="json")
    assert_problem(failed, 500, "server-error")
    assert b"secret" not in failed.content

    logged = [line for line in log.getvalue().splitlines() if "a secret" in line]
    assert [json.loads(line)["request_id"] for line in logged] == [failed["X-Request-ID"]]


def test_a_client_may_name_its_request(ada: APIClient) -> None:
    assert ada.get("/api/v1/orders", HTTP_X_REQUEST_ID="cart-7/2")["X-Request-ID"] == "cart-7/2"


@pytest.mark.parametrize("name", ["", "two words", "x" * 129, "<b>", "é"])
def test_a_name_that_cannot_be_used_is_replaced(ada: APIClient, name: str) -> None:
    given = ada.get("/api/v1/orders", HTTP_X_REQUEST_ID=name)["X-Request-ID"]
    assert UUID(given).version == 7


def test_each_request_has_a_name_of_its_own_outside_the_api_too(client: Client) -> None:
    assert client.get("/livez")["X-Request-ID"] != client.get("/livez")["X-Request-ID"]


def test_every_kind_of_problem_has_a_page_that_says_what_it_means(client: Client) -> None:
    everything = client.get("/problems/").content.decode()
    for kind in kinds().values():
        page = client.get(kind.type).content.decode()
        assert escape(kind.meaning) in page
        assert kind.meaning.endswith(".")
        assert f'href="{kind.type}"' in everything
    assert "/problems/unknown-sku" in everything
    assert client.get("/problems/nonsense").status_code == 404


def test_every_error_that_the_framework_raises_is_a_kind() -> None:
    """ValidationError is ``invalid`` to it; the bare APIException is nobody's to raise."""
    raised = {error.default_code for error in APIException.__subclasses__()} - {"invalid"}
    assert {type_of(code) for code in raised} <= kinds().keys()


def test_a_request_for_another_host_is_refused(nobody: APIClient) -> None:
    refused = nobody.get("/api/v1/orders", HTTP_HOST="elsewhere.example")
    assert_problem(refused, 400, "bad-request")


def test_a_session_serves_as_well_as_a_token_but_needs_its_csrf_token(shop: Shop) -> None:
    shop.customer.user = User.objects.create_user("ada")
    shop.customer.save()
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(shop.customer.user)
    assert browser.get("/api/v1/orders").status_code == 200
    assert_problem(browser.post("/api/v1/orders", {}, format="json"), 403, "permission-denied")
