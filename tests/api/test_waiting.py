"""``Prefer: wait`` on writes: the outcome with the answer, if it comes soon."""

from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from orders.models import Order
from outbox.delivery.relay import drain, owed_names
from outbox.kit.http import waiting
from testkit.shop import PRICE, Shop

WANTED: dict[str, Any] = {
    "lines": [{"sku": "MUG", "quantity": 2}],
    "payment_method": "pm_card_visa",
}


def place(client: APIClient, prefer: str = "", **headers: Any) -> Any:
    return client.post("/api/v1/orders", WANTED, format="json", HTTP_PREFER=prefer, **headers)


@pytest.fixture
def _work(shop: Shop) -> Iterator[None]:  # noqa: ARG001 - the tables, which outlive the worker
    """Have messages delivered beside the test, as workers do."""
    over = Event()

    def work() -> None:
        try:
            while not over.wait(0.05):
                drain(owed_names(), seconds=1)
        finally:
            connection.close()

    worker = Thread(target=work)
    worker.start()
    yield
    over.set()
    worker.join()


@pytest.mark.usefixtures("_work")
def test_whoever_waits_is_told_how_it_ended(ada: APIClient) -> None:
    placed = place(ada, "wait=20")
    assert (placed.status_code, placed["Preference-Applied"]) == (201, "wait=20")
    assert placed.json() == {
        "id": str(Order.objects.get().id),
        "number": Order.objects.get().number,
        "status": "confirmed",
        "reason_code": "",
    }
    assert placed["Location"].endswith(placed.json()["id"])
    assert placed["Consistency-Token"]


@pytest.mark.usefixtures("_work")
def test_a_cancellation_can_be_waited_for(ada: APIClient) -> None:
    address = f"/api/v1/orders/{place(ada, 'wait=20').json()['id']}/cancel"
    cancelled = ada.post(address, HTTP_PREFER="wait=20")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert cancelled.json()["reason_code"] == "cancelled_by_customer"


@pytest.mark.usefixtures("_work")
def test_a_request_that_is_sent_again_waits_again(ada: APIClient) -> None:
    key = {"HTTP_IDEMPOTENCY_KEY": "one-order-please"}
    accepted = place(ada, "respond-async", **key)
    first, second = place(ada, "wait=20", **key), place(ada, "wait=20", **key)
    assert accepted.status_code == 202
    assert (first.status_code, first.content) == (201, second.content)
    assert first.json()["id"] == accepted.json()["id"]
    assert Order.objects.count() == 1


def test_whoever_waits_in_vain_gets_the_usual_answer(ada: APIClient) -> None:
    placed = place(ada, "wait=1")
    assert (placed.status_code, placed.json()["status"]) == (202, "pending")
    assert not placed.has_header("Preference-Applied")


@pytest.mark.parametrize("prefer", ["", "respond-async", "wait=0", "wait=soon", "wait", "await=9"])
def test_without_the_wish_nobody_waits(ada: APIClient, prefer: str) -> None:
    assert place(ada, prefer).status_code == 202


def test_nobody_waits_where_no_seat_is_free(
    ada: APIClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def must_not_wait(*_: Any, **__: Any) -> bool:
        raise AssertionError("it waits")

    monkeypatch.setattr("config.http.prefer.wait_until", must_not_wait)
    for _ in range(settings.WAITS_AT_ONCE):
        assert waiting._seats.acquire(blocking=False)  # noqa: SLF001 - all seats of this process
    try:
        assert place(ada, "wait=20").status_code == 202
    finally:
        for _ in range(settings.WAITS_AT_ONCE):
            waiting._seats.release()  # noqa: SLF001 - likewise


def test_a_refusal_is_not_waited_for(ada: APIClient) -> None:
    refused = ada.post("/api/v1/orders", {}, format="json", HTTP_PREFER="wait=20")
    assert refused.status_code == 400


def test_an_order_that_costs_what_was_expected_is_placed(ada: APIClient) -> None:
    wanted = {**WANTED, "expected_total": 2 * PRICE}
    assert ada.post("/api/v1/orders", wanted, format="json").status_code == 202


def test_an_order_that_costs_something_else_is_not_placed(ada: APIClient) -> None:
    wanted = {**WANTED, "expected_total": 2 * PRICE - 1}
    refused = ada.post("/api/v1/orders", wanted, format="json")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/total-differs")
    assert str(2 * PRICE) in refused.json()["detail"]
    assert str(2 * PRICE - 1) in refused.json()["detail"]
    assert not Order.objects.exists()
