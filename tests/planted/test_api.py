"""The API with bugs put in: its tests have to show each of them."""

from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from config.access import permissions
from config.http import idempotency
from orders.models import Product
from orders.models.products import ProductQuerySet
from tests.api import test_conditions, test_guests, test_idempotency
from tests.api.test_access import Adas, adas

__all__ = ["adas"]


def test_a_key_that_does_not_belong_to_its_user_is_caught(
    ada: APIClient, bob: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    anybody = User.objects.earliest("pk").pk
    monkeypatch.setattr(idempotency, "_user_id", lambda *_: anybody)
    with pytest.raises(AssertionError):
        test_idempotency.test_a_key_belongs_to_its_user(ada, bob)


@pytest.mark.usefixtures("transactional_db")
def test_a_condition_that_is_checked_without_a_lock_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    together = Barrier(4)

    def read_by_all(_: object, **fields: object) -> Product:
        product = Product.objects.with_prices().get(**fields)
        with suppress(BrokenBarrierError):
            together.wait(timeout=20)
        return product

    unlocked = type("Unlocked", (), {"get": read_by_all})
    monkeypatch.setattr(ProductQuerySet, "select_for_update", lambda *_, **__: unlocked())
    with pytest.raises(AssertionError):
        test_conditions.test_of_changes_by_one_tag_exactly_one_is_made()


def test_a_guests_token_that_opens_every_order_is_caught(
    adas: Adas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        permissions, "is_open_to", lambda _, view, method: method in getattr(view, "guests", ())
    )
    with pytest.raises(AssertionError):
        test_guests.test_a_guests_token_opens_that_order_alone(adas)
