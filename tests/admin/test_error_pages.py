"""Refusals and errors of the admin are pages in its dress, which say what to do."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db


def page_of(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined,no-any-return]  # Django's test client


def clerk() -> Client:
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    return client


def test_what_somebody_may_not_see_says_so() -> None:
    answer = clerk().get("/admin/orders/order/")
    assert answer.status_code == 403
    assert "You may not see or do this" in page_of(answer)
    assert "/static/console/error.css" in page_of(answer)


def test_an_address_that_does_not_exist_leads_on() -> None:
    answer = clerk().get("/nothing")
    assert answer.status_code == 404
    assert "There is no such page" in page_of(answer)
    assert 'href="/admin/search-all/"' in page_of(answer)


def test_a_form_that_is_no_longer_valid_did_nothing() -> None:
    answer = clerk().post("/admin/password_change/", {})
    assert answer.status_code == 403
    assert "This form is no longer valid" in page_of(answer)


def test_an_error_of_ours_names_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise LookupError("secret")

    monkeypatch.setattr("config.console.search.found_by", lambda *_: fail(None))
    answer = clerk().get("/admin/search-all/?q=x")
    assert answer.status_code == 500
    assert "Something went wrong here" in page_of(answer)
    assert answer.headers["X-Request-ID"] in page_of(answer)
    assert "secret" not in page_of(answer)


def test_a_list_that_is_empty_says_what_would_be_there() -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    page = page_of(client.get("/admin/outbox/deadletter/"))
    assert "Create a new item" not in page
    assert "Dead letters would be listed here" in page
    assert "Nothing fits" in page_of(client.get("/admin/outbox/deadletter/?q=nothing"))
