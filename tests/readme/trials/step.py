"""Run in a copy of the tree to which the step of docs/adding.md was added."""

import pytest

from orders.sagas.models import SagaInstance
from orders.sagas.vocabulary.saga import definitions
from testkit.book import book_of
from testkit.crashes import Crashes
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop, outcome

TOO_MANY = 1_000_000 // PRICE + 1


def test_an_order_is_screened_before_it_is_charged_and_then_confirmed(audited: Shop) -> None:
    order = audited.order()
    settle()
    order.refresh_from_db()
    saga = SagaInstance.objects.get(correlation_id=order.id)
    assert (order.status, saga.version) == ("confirmed", 2)
    names = saga.steps.order_by("id").values_list("name", flat=True)
    assert list(names) == ["screen", "charge", "reserve", "confirm"]


def test_an_order_above_the_limit_is_cancelled_and_its_card_never_asked(audited: Shop) -> None:
    audited.receive("MUG", TOO_MANY)
    order = audited.order({"MUG": TOO_MANY})
    settle()
    order.refresh_from_db()
    assert (order.status, order.reason_code) == ("cancelled", "payment_declined")
    assert book_of(order.id) == []


def test_missing_stock_undoes_the_charge_and_leaves_the_screening(audited: Shop) -> None:
    order = audited.order({"MUG": 11})
    settle()
    order.refresh_from_db()
    steps = SagaInstance.objects.get(correlation_id=order.id).steps
    assert (order.status, order.reason_code) == ("cancelled", "out_of_stock")
    assert dict(steps.values_list("name", "status")) == {
        "screen": "succeeded",
        "charge": "compensated",
        "reserve": "failed",
        "on_abort": "succeeded",
    }


def test_a_saga_that_runs_on_the_old_version_ends_on_it(
    audited: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.delitem(definitions, ("charge_first", 2))
        order = audited.order(payment_method="pm_sandbox_silent_once")
        settle_all_but("gateway")
    settle()
    order.refresh_from_db()
    saga = SagaInstance.objects.get(correlation_id=order.id)
    assert (order.status, saga.version) == ("confirmed", 1)


def test_a_screened_order_survives_a_death_at_every_boundary(crashes: Crashes) -> None:
    def screened(shop: Shop) -> None:
        order = shop.order(reference="A-1")
        settle()
        assert outcome(order) == ("confirmed", "")

    assert crashes.everywhere(screened) > 0
