"""Webhooks with bugs put in: the tests of webhooks have to show each of them."""

import socket
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from standardwebhooks import WebhookVerificationError

from outbox.messages import Envelope
from outbox.webhooks import sending, subscriber
from outbox.webhooks.addresses import Address, resolve
from outbox.webhooks.endpoints import Endpoint
from outbox.webhooks.signing import headers_of
from tests.shop import Shop, settle_all_but
from tests.webhooks import test_addresses, test_delivery
from tests.webhooks.conftest import SECRET, Receiver, endpoint, receiver

__all__ = ["endpoint", "receiver"]


@pytest.fixture
def told(shop: Shop, receiver: Receiver, endpoint: Endpoint) -> Receiver:
    """Confirm an order; the endpoint is still to be told."""
    assert endpoint.url == receiver.url
    shop.order()
    settle_all_but("webhook_erp")
    return receiver


def unsigned(envelope: Envelope[Any], body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    return {**headers_of(envelope, body, secrets), "webhook-signature": "v1,bm90aGluZw=="}


def minted(envelope: Envelope[Any], body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    return headers_of(replace(envelope, id=uuid4()), body, secrets)


def looked_up_again(addresses: list[Address], until: float) -> socket.socket:
    """Connect by name, as if the address had not been checked."""
    assert addresses
    return really_first(resolve("hooks.example", 443, private=True), until)


really_first = sending._first  # noqa: SLF001 - what is replaced


def test_a_webhook_without_a_good_signature_is_caught(
    told: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriber, "headers_of", unsigned)
    verify = (
        test_delivery.test_the_signature_is_verified_by_the_library_with_the_old_secret_and_the_new
    )
    with pytest.raises(WebhookVerificationError):
        verify(told, SECRET)


def test_an_id_that_is_minted_for_each_try_is_caught(
    told: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriber, "headers_of", minted)
    with pytest.raises(AssertionError):
        test_delivery.test_the_id_is_the_same_at_every_try_and_that_of_the_message(told)


def test_a_second_look_up_after_the_check_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_first", looked_up_again)
    with pytest.raises(AssertionError):
        test_addresses.test_a_name_is_looked_up_once_and_its_checked_address_connected_to(
            monkeypatch
        )
