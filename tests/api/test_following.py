"""Following an order: long polling with its ETag, bounded in time and in threads."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from outbox.kit.http import waiting
from outbox.kit.http.waiting import LONGEST_WAIT, wanted
from readmodels.models import OrderDetail
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop


@pytest.fixture
def address(shop: Shop) -> str:
    """Return the address of an order that waits for its payment."""
    order = shop.order()
    settle_all_but("gateway")
    return f"/api/v1/orders/{order.id}"


def follow(client: APIClient, address: str, tag: str, prefer: str = "") -> Any:
    return client.get(address, headers={"If-None-Match": tag, "Prefer": prefer})


@contextmanager
def going_on() -> Iterator[None]:
    """Let the order go on a moment later, while the block follows it."""

    def work() -> None:
        try:
            time.sleep(0.2)
            settle()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        yield
        done.result()


def test_what_is_known_is_not_sent_again(ada: APIClient, address: str) -> None:
    tag = ada.get(address)["ETag"]
    for known in (tag, f"W/{tag}", f'"another", {tag}', "*"):
        answer = follow(ada, address, known)
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
        assert "Preference-Applied" not in answer
    assert follow(ada, address, '"another"').json()["status"] == "pending"


def test_the_answer_comes_when_the_order_changes(ada: APIClient, address: str) -> None:
    before = ada.get(address)
    with going_on():
        changed = follow(ada, address, before["ETag"], "respond-async, wait=20")
    assert (changed.status_code, changed["Preference-Applied"]) == (200, "wait=20")
    assert changed.json() != before.json()
    assert changed["ETag"] != before["ETag"]


def test_after_the_time_it_asked_for_a_client_is_told_that_nothing_changed(
    ada: APIClient, address: str
) -> None:
    unchanged = follow(ada, address, ada.get(address)["ETag"], "wait=1")
    assert (unchanged.status_code, unchanged["Preference-Applied"]) == (304, "wait=1")


def test_who_finds_every_seat_taken_is_answered_at_once(
    ada: APIClient, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "_seats", BoundedSemaphore(1))
    tag = ada.get(address)["ETag"]
    with waiting.seat() as taken:
        refused = follow(ada, address, tag, "wait=20")
    assert (taken, refused.status_code, "Preference-Applied" in refused) == (True, 304, False)
    assert follow(ada, address, tag, "wait=1")["Preference-Applied"] == "wait=1"


def test_the_seat_is_free_again_although_the_order_vanished(
    ada: APIClient, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "_seats", BoundedSemaphore(1))
    tag = ada.get(address)["ETag"]

    def vanish(_: float) -> None:
        OrderDetail.objects.all().delete()

    monkeypatch.setattr(time, "sleep", vanish)
    assert follow(ada, address, tag, "wait=20").status_code == 404
    with waiting.seat() as taken:
        assert taken


def test_nobody_follows_an_order_of_somebody_else(bob: APIClient, address: str) -> None:
    assert follow(bob, address, "*", "wait=20").status_code == 404


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("", 0),
        ("wait=5", 5),
        ("WAIT = 5", 5),
        ('respond-async; wait="5"', 5),
        ("respond-async, wait=5, handling=lenient", 5),
        ("wait=9999", LONGEST_WAIT),
        ("wait=-1", 0),
        ("wait=1.5", 0),
        ("wait", 0),
        ("dont-wait=5", 0),
        ("wait=5x", 0),
    ],
)
def test_how_long_a_client_prefers_to_wait(prefer: str, seconds: int) -> None:
    assert wanted(prefer) == seconds
