"""Whatever is refused leaves one line that says which request, whose, and from where."""

import json
import logging
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient
from structlog.stdlib import ProcessorFormatter

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """Return what the log says of refused requests."""
    written = StringIO()
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and isinstance(
            handler.formatter, ProcessorFormatter
        ):
            monkeypatch.setattr(handler, "stream", written)
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_refusal_of_the_api_names_request_user_and_address(
    ada: APIClient, refusals: Lines
) -> None:
    refused = ada.get("/api/v1/orders?colour=red", HTTP_X_REQUEST_ID="cart-7")
    (line,) = refusals()
    assert (refused.status_code, line["event"], line["level"]) == (
        400,
        "request_refused",
        "warning",
    )
    assert (line["status"], line["method"], line["path"]) == (400, "GET", "/api/v1/orders")
    assert (line["request_id"], line["address"]) == ("cart-7", "127.0.0.1")
    assert line["user"] == User.objects.get(username="ada").pk


def test_what_nobody_is_known_for_has_its_address(
    nobody: APIClient, refusals: Lines, settings: Settings
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    nobody.get("/api/v1/orders", HTTP_X_FORWARDED_FOR="10.0.0.1, 192.0.2.1")
    (line,) = refusals()
    assert (line["status"], line["user"], line["address"]) == (401, None, "192.0.2.1")


@pytest.mark.django_db
def test_a_form_without_its_token_is_one_line_too(refusals: Lines) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.create(username="ada", is_staff=True))
    signed_in = len(refusals())
    assert browser.post("/admin/auth/user/add/").status_code == 403
    (line,) = refusals()[signed_in:]
    assert (line["status"], line["user"]) == (403, User.objects.get().pk)


def test_what_is_answered_leaves_none(client: Client, refusals: Lines) -> None:
    assert client.get("/livez").status_code == 200
    assert refusals() == []
