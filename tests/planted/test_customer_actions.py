"""Waits for customers and banks with bugs put in: their tests have to show each of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from inventory import services
from outbox import publishing
from payments.gateways.port import gateway_named
from payments.models import CustomerAction
from payments.services import postponing
from testkit.shop import Shop
from tests.journeys import test_customer_confirms as journeys
from tests.journeys import test_saved_methods
from tests.payments import test_customer_actions as actions


@pytest.fixture(autouse=True)
def _the_sandbox_signs_webhooks(settings: Settings) -> Iterator[None]:
    settings.SANDBOX_WEBHOOK_SECRETS = ["whsec_for_these_tests_only"]
    gateway_named.cache_clear()
    yield
    gateway_named.cache_clear()


def test_a_wait_that_nobody_looks_after_outlives_a_lost_webhook(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postponing, "_ask_later", lambda *_: None)
    with pytest.raises(AssertionError):
        journeys.test_an_answer_whose_webhook_is_lost_is_found_by_asking(shop, "charge_first")
    with pytest.raises(AssertionError):
        journeys.test_a_customer_who_does_not_act_in_time_loses_the_order(shop, "choreographed")


def test_a_cancellation_that_leaves_the_payment_open_at_the_gateway(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("refunding", "recording", "postponing"):
        monkeypatch.setattr(f"payments.services.{module}.withdraw", lambda _: None)
    with pytest.raises(AssertionError):
        journeys.test_a_customer_may_cancel_instead(shop, "reserve_first")


def test_a_hold_that_expires_while_the_customer_may_act(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "keep_while_payment_is_unknown", lambda _: None)
    with pytest.raises(AssertionError):
        journeys.test_goods_stay_held_while_the_customer_may_act(shop, "reserve_first")


def test_a_secret_that_outlives_the_wait(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postponing, "_forget_action", lambda _: None)
    with pytest.raises(AssertionError):
        journeys.test_a_customer_may_cancel_instead(shop, "charge_first")
    assert CustomerAction.objects.exists()


def test_look_ups_that_multiply(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave earlier look-ups where they are when the next one is scheduled."""
    monkeypatch.setattr(publishing, "withdraw", lambda *_: 0)
    with pytest.raises(AssertionError):
        journeys.test_an_order_waits_for_its_customer_and_goes_on_when_the_bank_is_answered(
            shop, "charge_first"
        )


def test_a_customer_who_is_away_and_gets_no_more_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postponing, "_patience", lambda *_: timedelta(minutes=30))
    with pytest.raises(AssertionError):
        test_saved_methods.test_a_bank_that_asks_again_gives_a_customer_who_is_away_more_time(shop)


def test_a_secret_that_is_stored_with_the_webhook_is_caught(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: Any, capfd: Any
) -> None:
    def keep(operation: Any, required: Any) -> None:
        operation.decline_code = required.client_secret

    monkeypatch.setattr(postponing, "_keep_action", keep)
    with pytest.raises((AssertionError, ValueError)):
        actions.test_the_secret_is_in_one_table_and_nowhere_else_and_gone_when_it_is_over(
            shop, caplog, capfd
        )
