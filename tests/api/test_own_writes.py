"""Read your writes: a write hands out a token, and a read that carries it is no older."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections
from rest_framework.test import APIClient

from outbox.consistency import HEADER, Position, UnknownToken, end_of, has_reached, position_of
from readmodels.api import freshness
from readmodels.projection import GROUP
from testkit.delivering import settle, settle_all_but
from testkit.lanes import stop_member
from testkit.shop import Shop

ORDER = {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_card_visa"}


def place(client: APIClient) -> Any:
    return client.post("/api/v1/orders", ORDER, format="json")


def read(client: APIClient, address: str, token: str) -> Any:
    return client.get(address, headers={HEADER: token})


@contextmanager
def delivered_after(seconds: float) -> Iterator[Future[None]]:
    """Let a worker be at it while the block reads."""

    def deliver() -> None:
        try:
            time.sleep(seconds)
            settle()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(deliver)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "SECONDS_TO_WAIT", 0.05)


@pytest.mark.parametrize("address", ["Location", "list"])
def test_a_read_with_the_token_waits_for_the_write(
    ada: APIClient, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(freshness, "SECONDS_TO_WAIT", 20)
    placed = place(ada)
    with delivered_after(0.2):
        answer = read(
            ada, placed["Location"] if address == "Location" else "/api/v1/orders", placed[HEADER]
        )
    assert answer.status_code == 200
    assert placed.json()["id"] in answer.content.decode()


@pytest.mark.usefixtures("impatient")
def test_a_read_that_would_be_too_old_says_so_and_the_write_stands(ada: APIClient) -> None:
    placed = place(ada)
    refused = read(ada, placed["Location"], placed[HEADER])
    assert (refused.status_code, refused["Retry-After"]) == (412, "1")
    assert refused.json()["type"] == "/problems/stale-read"
    assert ada.get(placed["Location"]).status_code == 404
    settle()
    assert read(ada, placed["Location"], placed[HEADER]).status_code == 200


def test_a_read_waits_no_longer_than_its_bound(ada: APIClient) -> None:
    placed = place(ada)
    begun = time.monotonic()
    assert read(ada, placed["Location"], placed[HEADER]).status_code == 412
    assert time.monotonic() - begun >= freshness.SECONDS_TO_WAIT


@pytest.mark.usefixtures("impatient")
def test_a_dead_letter_of_the_read_model_leaves_its_order_too_old(ada: APIClient) -> None:
    placed = place(ada)
    settle_all_but("order_detail")
    stop_member(GROUP, "order_detail")
    assert read(ada, placed["Location"], placed[HEADER]).status_code == 412


@pytest.mark.usefixtures("impatient")
def test_what_others_write_is_not_waited_for(ada: APIClient, shop: Shop) -> None:
    placed = place(ada)
    settle()
    shop.order()
    assert read(ada, placed["Location"], placed[HEADER]).status_code == 200


@pytest.mark.usefixtures("impatient")
def test_a_token_of_an_order_of_long_ago_or_of_nobodys_waits_for_nothing(ada: APIClient) -> None:
    assert read(ada, "/api/v1/orders", Position(uuid4(), 7).token).status_code == 200


def test_a_read_model_waits_for_nothing_that_it_does_not_hear(shop: Shop) -> None:
    order = shop.order()
    settle_all_but("order_summary", "gateway")
    latest = end_of(order.id)
    assert latest.sequence > 1
    assert not has_reached("order_summary", latest)
    assert has_reached("order_summary", Position(order.id, 0))
    assert has_reached("customer_mail", latest)


@pytest.mark.parametrize("text", ["x", "AAAA", "!" * 27, "A" * 40, "\u00e4" * 27, "A" * 5000])
def test_what_is_no_token_is_refused(ada: APIClient, text: str) -> None:
    with pytest.raises(UnknownToken):
        position_of(text)
    refused = ada.get("/api/v1/orders", HTTP_CONSISTENCY_TOKEN=text)
    assert refused.status_code == 400
    assert refused.json()["type"] == "/problems/unknown-consistency-token"


def test_a_token_says_how_far_its_order_had_come(ada: APIClient) -> None:
    placed = place(ada)
    assert position_of(placed[HEADER]) == end_of(UUID(placed.json()["id"]))
