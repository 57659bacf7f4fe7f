"""The reply to COMMIT is lost on its way: nobody knows whether it is done; asking again is safe.

RELIABILITY.md, rule 10: a blind retry makes duplicates, a retry by key makes none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from rest_framework.test import APIClient

from orders.models import Order
from orders.pricing import NewLine
from orders.services import place_order
from outbox.delivery.batch import deliver_batch
from outbox.models import FailedAttempt, Lane
from outbox.registry import receiver_of
from testkit.book import book_of
from testkit.delivering import settle, settle_all_but
from testkit.invariants import assert_clean
from testkit.shop import Shop
from tests.api.conftest import ada
from tests.faults.wire import HOST, Wire

__all__ = ["ada"]


@pytest.fixture
def wire(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:  # noqa: ARG001 - comes first
    """Reach PostgreSQL over a wire."""
    settings = connection.settings_dict
    host, port = settings["HOST"], settings["PORT"] or 5432
    in_folder = host.startswith("/")
    wire = Wire(Path(host) / f".s.PGSQL.{port}" if in_folder else (host, int(port)))
    with monkeypatch.context() as patched:
        patched.setitem(settings, "HOST", HOST)
        patched.setitem(settings, "PORT", wire.port)
        connection.close()
        yield wire
        connection.close()
    wire.close()


def place(shop: Shop, reference: str | None = None) -> Order:
    return place_order(
        customer=shop.customer,
        lines=[NewLine("MUG", 1)],
        payment_method="pm_card_visa",
        reference=reference,
    )


@contextmanager
def unheard(wire: Wire) -> Iterator[None]:
    """Lose the reply to the next commit; whoever waits for it sees the connection break."""
    with wire.losing_a_reply_to_commit(), pytest.raises((OperationalError, InterfaceError)):
        yield
    connection.close()


def test_an_order_placed_again_under_its_reference_is_the_same(shop: Shop, wire: Wire) -> None:
    with unheard(wire):
        place(shop, "A-1")
    again = place(shop, "A-1")
    assert [order.id for order in Order.objects.all()] == [again.id]
    settle()
    assert_clean()


def test_an_order_placed_again_without_a_reference_is_another_one(shop: Shop, wire: Wire) -> None:
    """The first was committed, unheard: this is what a reference is for."""
    with unheard(wire):
        place(shop)
    place(shop)
    assert Order.objects.count() == 2
    settle()
    assert_clean()


@pytest.mark.parametrize("committed", [True, False])
def test_a_request_sent_again_with_its_key_is_answered_with_its_one_order(
    ada: APIClient, wire: Wire, *, committed: bool
) -> None:
    """Whoever asks hears of a failure that says nothing of the outcome, and need not know it."""
    with wire.losing_a_reply_to_commit() if committed else wire.losing_a_commit():
        lost = post_order(ada)
    connection.close()
    assert (lost.status_code, lost.json()["type"]) == (503, "/problems/database-away")
    assert lost["Content-Type"] == "application/problem+json"
    assert "the outcome is not known" in lost.json()["detail"]
    assert Order.objects.count() == int(committed)

    again, once_more = post_order(ada), post_order(ada)
    assert (again.status_code, once_more.content) == (202, again.content)
    assert again.has_header("Idempotent-Replayed") is committed
    assert [str(order.id) for order in Order.objects.all()] == [again.json()["id"]]
    settle()
    assert_clean()


def post_order(client: APIClient) -> Any:
    body = {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_card_visa"}
    return client.post("/api/v1/orders", body, format="json", HTTP_IDEMPOTENCY_KEY="one-order")


@pytest.mark.parametrize("name", ["sagas", "gateway", "readmodels"])
def test_a_delivery_whose_commit_was_not_heard_of_is_not_made_again(
    name: str, shop: Shop, wire: Wire
) -> None:
    receiver = receiver_of(name)
    assert receiver is not None
    order = place(shop)
    settle_all_but(name)
    with wire.losing_a_reply_to_commit():
        deliver_batch(receiver)
    assert not Lane.objects.filter(subscriber=name, correlation_id=order.id).exists()
    settle()
    assert [entry.calls for entry in book_of(order.id)] == [1]
    assert not FailedAttempt.objects.exists()
    assert_clean()
