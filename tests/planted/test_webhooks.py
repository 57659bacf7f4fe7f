"""Webhooks with bugs put in: the tests of webhooks have to show each of them."""

import socket
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks import WebhookVerificationError

from outbox.webhooks import attempts, posting, sending
from outbox.webhooks.addresses import Address, resolve
from outbox.webhooks.signing import headers_of
from testkit.delivering import settle_all_but
from testkit.shop import Shop
from tests.webhooks import test_addresses, test_delivery, test_pausing
from tests.webhooks.conftest import Receiver, erp, receiver

__all__ = ["erp", "receiver"]


@pytest.fixture
def owed(shop: Shop, receiver: Receiver, erp: str) -> Receiver:
    """Confirm an order; the endpoint is still to be sent that."""
    assert erp
    shop.order()
    settle_all_but("webhook_erp")
    return receiver


def unsigned(webhook_id: UUID, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    return {**headers_of(webhook_id, body, secrets), "webhook-signature": "v1,bm90aGluZw=="}


def minted(_: UUID, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    return headers_of(uuid4(), body, secrets)


def of_the_newest(webhook_id: UUID, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    return headers_of(webhook_id, body, secrets[:1])


def looked_up_again(addresses: list[Address], until: float) -> socket.socket:
    """Connect by name, as if the address had not been checked."""
    assert addresses
    return really_first(resolve("hooks.example", 443, private=True), until)


really_first = sending._first  # noqa: SLF001 - what is replaced


@pytest.mark.parametrize("sign", [unsigned, of_the_newest])
def test_a_webhook_without_every_signature_is_caught(
    owed: Receiver, erp: str, monkeypatch: pytest.MonkeyPatch, sign: Any
) -> None:
    monkeypatch.setattr(posting, "headers_of", sign)
    verify = (
        test_delivery.test_the_signature_is_verified_by_the_library_with_the_old_secret_and_the_new
    )
    with pytest.raises(WebhookVerificationError):
        verify(owed, erp)


def test_an_id_that_is_minted_for_each_try_is_caught(
    owed: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "headers_of", minted)
    with pytest.raises(AssertionError):
        test_delivery.test_the_id_is_the_same_at_every_try_and_that_of_the_message(owed)


def test_a_second_look_up_after_the_check_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_first", looked_up_again)
    with pytest.raises(AssertionError):
        test_addresses.test_a_name_is_looked_up_once_and_its_checked_address_connected_to(
            monkeypatch
        )


def test_an_endpoint_that_is_never_paused_is_caught(
    shop: Shop, receiver: Receiver, erp: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert erp
    monkeypatch.setattr(attempts, "_why_to_pause", lambda *_: "")
    with pytest.raises(AssertionError):
        test_pausing.test_an_endpoint_that_says_that_it_is_gone_is_paused_at_once(shop, receiver)
