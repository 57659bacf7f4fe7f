"""Idempotency-Key: whatever is repeated, one thing is done and one answer given."""

from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from config.http.idempotency import forget_old_keys
from config.models import IdempotencyKey
from config.tasks import forget_keys
from orders import services
from orders.models import Order
from outbox.kit.rows import removal
from outbox.models import Message
from tests.threads import at_once

KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"


def place(client: APIClient, key: str = KEY, **changes: Any) -> Any:
    body = {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_card_visa", **changes}
    return client.post("/api/v1/orders", body, format="json", HTTP_IDEMPOTENCY_KEY=key)


def test_the_same_request_is_done_once_and_answered_alike(ada: APIClient) -> None:
    first, second = place(ada), place(ada)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.content == second.content
    assert first["Location"] == second["Location"]
    assert not first.has_header("Idempotent-Replayed")
    assert second["Idempotent-Replayed"] == "true"
    assert Order.objects.count() == 1


def test_a_key_in_quotes_is_the_same_key(ada: APIClient) -> None:
    assert place(ada).content == place(ada, f'"{KEY}"').content


def test_another_key_is_another_order(ada: APIClient) -> None:
    assert place(ada).json()["id"] != place(ada, "another-one").json()["id"]


def test_a_key_that_comes_with_another_body_is_refused(ada: APIClient) -> None:
    place(ada)
    refused = place(ada, payment_method="pm_card_mastercard")
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/idempotency-key-used")
    assert refused["Content-Type"] == "application/problem+json"
    assert Order.objects.count() == 1


def test_a_key_belongs_to_its_user(ada: APIClient, bob: APIClient) -> None:
    assert place(ada).json()["id"] != place(bob).json()["id"]


@pytest.mark.parametrize("key", ["seven77", "k" * 256, "two words", 'a"quote"in', "späteres"])
def test_a_key_that_is_none_is_refused(ada: APIClient, key: str) -> None:
    refused = place(ada, key)
    assert refused.status_code == 400
    assert refused.json()["type"] == "/problems/idempotency-key-invalid"
    assert not Order.objects.exists()


def test_a_refusal_leaves_its_key_free(ada: APIClient) -> None:
    assert place(ada, lines=[{"sku": "UNICORN", "quantity": 1}]).status_code == 422
    assert place(ada).status_code == 202
    assert IdempotencyKey.objects.count() == 1


def test_an_error_of_ours_undoes_all_and_leaves_the_key_free(
    ada: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = services.place_order

    def placed_but_not_answered(**wanted: Any) -> Order:
        real(**wanted)
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(services, "place_order", placed_but_not_answered)
        assert place(ada).status_code == 500
    assert not Order.objects.exists()
    assert place(ada).status_code == 202


def test_a_request_that_lost_its_database_is_finished_by_the_next_one(
    ada: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = services.place_order

    def cut_off(**wanted: Any) -> Order:
        order = real(**wanted)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return order

    with monkeypatch.context() as patch:
        patch.setattr(services, "place_order", cut_off)
        assert place(ada).status_code == 503
    connection.close()
    assert not IdempotencyKey.objects.exists()
    first = place(ada)
    assert (first.status_code, first.content) == (202, place(ada).content)
    assert Order.objects.count() == Message.objects.filter(type="OrderPlaced").count() == 1


def test_a_request_under_way_is_not_waited_for(
    ada: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, told = Event(), Event()
    real = services.place_order
    answers: dict[int, Any] = {}

    def slow(**wanted: Any) -> Order:
        inside.set()
        assert told.wait(10)
        return real(**wanted)

    def ask(number: int) -> None:
        if number:
            assert inside.wait(10)
        answers[number] = place(ada)
        told.set()

    monkeypatch.setattr(services, "place_order", slow)
    at_once(2, ask)
    assert [answers[number].status_code for number in (0, 1)] == [202, 409]
    assert answers[1].json()["type"] == "/problems/request-in-progress"
    assert place(ada).content == answers[0].content


def test_fifty_parallel_requests_with_one_key_make_one_order(ada: APIClient) -> None:
    bearer: dict[str, str] = vars(ada)["_credentials"]
    answers: list[Any] = []

    def ask(_: int) -> None:
        client = APIClient(raise_request_exception=False)
        client.credentials(**bearer)
        while (answer := place(client)).status_code == 409:
            pass
        answers.append(answer)

    at_once(50, ask)
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (202, answers[0].content)
    }
    assert Order.objects.count() == Message.objects.filter(type="OrderPlaced").count() == 1


def test_whoever_may_not_ask_is_not_helped_by_a_key(nobody: APIClient, ada: APIClient) -> None:
    place(ada)
    assert place(nobody).status_code == 401
    nobody.credentials(HTTP_AUTHORIZATION="Bearer nonsense")
    assert place(nobody).status_code == 401


def test_a_body_that_is_too_large_is_too_large_with_a_key_as_well(ada: APIClient) -> None:
    assert place(ada, payment_method="p" * 300_000).status_code == 413


def test_keys_are_kept_as_long_as_the_setting_says(ada: APIClient, settings: Settings) -> None:
    place(ada)
    assert forget_old_keys(seconds=5) == 0
    IdempotencyKey.objects.update(answered_at=timezone.now() - timedelta(hours=25))
    settings.IDEMPOTENCY_KEEP_HOURS = 48
    forget_keys()
    assert IdempotencyKey.objects.exists()
    settings.IDEMPOTENCY_KEEP_HOURS = 24
    forget_keys()
    assert not IdempotencyKey.objects.exists()
    assert Order.objects.exists()


def test_old_keys_go_in_small_batches(ada: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "PAGE", 2)
    for number in range(3):
        place(ada, f"number-{number}")
    IdempotencyKey.objects.update(answered_at=timezone.now() - timedelta(hours=25))
    with CaptureQueriesContext(connection) as removals:
        assert forget_old_keys(seconds=5) == 3
    assert sum(each["sql"].startswith("DELETE") for each in removals) == 2


def test_without_time_no_key_is_removed(ada: APIClient) -> None:
    place(ada)
    IdempotencyKey.objects.update(answered_at=timezone.now() - timedelta(hours=25))
    assert forget_old_keys(seconds=0) == 0


def test_a_key_costs_the_queries_that_it_must(
    ada: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The token; begin, the claim, the key; a savepoint about placing; the answer, commit."""
    place(ada, "warm-it-up")
    with django_assert_num_queries(11):
        place(ada)
    with django_assert_num_queries(5):
        place(ada)
