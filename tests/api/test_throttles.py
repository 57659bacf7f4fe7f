"""Throttles: per user and process, told with Retry-After, and away from the broker."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from pytest_django import Settings
from rest_framework.test import APIClient

from config.http.throttling import WRONG_TOKENS_PER_MINUTE
from orders.models import Customer
from tests.api.conftest import client_of


@pytest.fixture(autouse=True)
def _three_a_minute(settings: Settings) -> Iterator[None]:
    settings.API_REQUESTS_PER_MINUTE = 3
    caches["throttles"].clear()
    yield
    caches["throttles"].clear()


def statuses(client: APIClient, times: int, path: str = "/api/v1/products") -> list[int]:
    return [client.get(path).status_code for _ in range(times)]


def test_whoever_asks_too_much_is_told_when_to_come_back(ada: APIClient) -> None:
    assert statuses(ada, 4) == [200, 200, 200, 429]
    refused: Any = ada.get("/api/v1/orders")
    assert refused.json()["type"] == "/problems/throttled"
    assert 0 < int(refused["Retry-After"]) <= 60


def test_one_user_uses_up_nobody_elses_share(ada: APIClient, bob: APIClient) -> None:
    statuses(ada, 4)
    assert statuses(bob, 1) == [200]


def test_a_second_token_is_no_second_share(ada: APIClient) -> None:
    statuses(ada, 3)
    user = Customer.objects.get(name="Ada Lovelace").user
    assert user is not None
    assert statuses(client_of(user), 1) == [429]


def test_wrong_tokens_are_counted_by_address_and_good_ones_pass(
    nobody: APIClient, ada: APIClient
) -> None:
    nobody.credentials(HTTP_AUTHORIZATION="Bearer nonsense")
    wrong = statuses(nobody, WRONG_TOKENS_PER_MINUTE + 1)
    assert (set(wrong[:-1]), wrong[-1]) == ({401}, 429)
    assert statuses(ada, 1) == [200]
    nobody.credentials(HTTP_AUTHORIZATION="Bearer nonsense", REMOTE_ADDR="10.0.0.7")
    assert statuses(nobody, 1) == [401]


def test_an_address_is_read_as_far_as_our_own_proxies_tell_it(
    nobody: APIClient, settings: Settings
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    for number in range(WRONG_TOKENS_PER_MINUTE + 1):
        forged = f"10.0.0.{number}, 192.0.2.1"
        nobody.credentials(HTTP_AUTHORIZATION="Bearer x", HTTP_X_FORWARDED_FOR=forged)
        last = nobody.get("/api/v1/products")
    assert last.status_code == 429


def test_an_answer_that_is_only_repeated_counts_and_is_counted_once(ada: APIClient) -> None:
    body = {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_card_visa"}
    ada.credentials(**vars(ada)["_credentials"], HTTP_IDEMPOTENCY_KEY="one-order-sent-often")
    answers: list[Any] = [ada.post("/api/v1/orders", body, format="json") for _ in range(4)]
    assert [each.status_code for each in answers] == [202, 202, 202, 429]
    assert answers[-1].json()["type"] == "/problems/throttled"
    assert 0 < int(answers[-1]["Retry-After"]) <= 60


def test_a_key_that_was_used_for_something_else_counts_as_well(ada: APIClient) -> None:
    answers = [
        ada.post("/api/v1/orders", {}, format="json", HTTP_IDEMPOTENCY_KEY="short") for _ in "1234"
    ]
    assert [each.status_code for each in answers] == [400, 400, 400, 429]


def test_webhooks_are_not_held_up(nobody: APIClient) -> None:
    path = "/api/v1/payments/webhooks/sandbox"
    assert {nobody.post(path, {}, format="json").status_code for _ in range(5)} == {401}


def test_without_a_limit_nobody_is_counted(ada: APIClient, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 0
    assert set(statuses(ada, 10)) == {200}
