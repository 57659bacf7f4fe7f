"""A row that differs from the contexts' tables is found and repaired."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from pytest_django import Settings

from inventory.services import expire_holds
from orders.events import OrderConfirmationRefused
from orders.models import Order
from orders.services import request_cancellation
from outbox import conversations, history
from outbox.models import Alarm, Message
from readmodels.drift import drift
from readmodels.drift.sampling import add_up, look_for_drift
from readmodels.metrics import figures
from readmodels.models import DailySales, DriftCheck, OrderDetail, OrderSummary
from readmodels.projections.orders import order_summary
from testkit.clock import age_holds
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop
from tests.readmodels.day import a_day_of, rows
from tests.threads import at_once


def verify(*words: str) -> int:
    try:
        call_command("readmodels", "verify", *words)
    except SystemExit as ended:
        return int(str(ended.code))
    return 0


def test_rows_that_were_kept_up_to_date_do_not_differ(shop: Shop) -> None:
    a_day_of(shop)

    assert verify() == 0


def test_a_row_corrupted_by_hand_is_found_and_repaired(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    a_day_of(shop)
    before = rows()
    wrong, missing, _ = OrderSummary.objects.order_by("pk")
    OrderSummary.objects.filter(pk=wrong.pk).update(amount=1, currency="XXX")
    gone = missing.pk
    missing.delete()

    assert verify("order_summary") == 1
    found = capsys.readouterr().out
    assert f"order_summary {wrong.pk}: amount, currency" in found
    assert f"order_summary {gone}: missing" in found

    assert verify("--repair") == 0
    for row in (repaired := rows()) + before:
        del row["sequence"]
    assert repaired == before
    assert verify() == 0


def test_a_row_of_no_order_is_removed(shop: Shop) -> None:
    a_day_of(shop)
    before = rows()
    made_up = OrderSummary.objects.all()[0]
    made_up.pk = made_up.customer_id
    made_up.save(force_insert=True)

    assert verify() == 1
    assert verify("--repair") == 0
    assert rows() == before


def test_a_repaired_row_goes_on_with_what_comes(shop: Shop) -> None:
    order = shop.order()
    settle()
    OrderSummary.objects.update(status="pending")
    verify("--repair")

    request_cancellation(order_id=order.id, reason_code="cancelled_by_staff")
    settle()

    assert OrderSummary.objects.get().status == "cancelled"


def test_a_row_that_is_only_late_is_no_drift(shop: Shop) -> None:
    shop.order()
    settle_all_but("order_summary")

    assert verify() == 0


def test_goods_that_were_waited_for_and_expire_before_they_are_asked_for_are_no_drift(
    audited: Shop, settings: Settings
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    rest = backorder_of_two_mugs(audited)
    audited.receive("MUG", 2)
    settle_all_but("inventory")
    assert (verify(), stock_status(rest)) == (0, "held")

    age_holds(rest.id)
    expire_holds()
    request_cancellation(order_id=rest.id, reason_code="cancelled_by_customer")
    settle()
    assert (verify(), stock_status(rest)) == (0, "released")


def backorder_of_two_mugs(shop: Shop) -> Order:
    order = shop.order({"MUG": 12}, partial=True)
    settle()
    return order.backorders.get()


def stock_status(order: Order) -> str:
    return OrderDetail.objects.get(order_id=order.id).stock_status


def test_an_unknown_name_is_refused_in_one_line(shop: Shop) -> None:  # noqa: ARG001 - the tables
    with pytest.raises(CommandError, match="choose among customer_statistics") as refused:
        call_command("readmodels", "verify", "nonsense")
    assert refused.value.returncode == 2


def test_what_no_context_tells_again_is_refused_and_not_taken_for_wrong(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_day_of(shop)
    before = rows()
    folds: dict[Any, Any] = {
        **order_summary.fold_of,
        OrderConfirmationRefused: lambda _row, _event: None,
    }
    monkeypatch.setattr(order_summary, "fold_of", folds)

    with pytest.raises(
        CommandError, match="no context reconstructs OrderConfirmationRefused"
    ) as refused:
        call_command("readmodels", "verify", "--repair")

    assert refused.value.returncode == 2
    assert rows() == before


def test_beat_finds_a_wrong_row_among_the_latest_and_counts_it(shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    settle()
    OrderSummary.objects.filter(pk=order.id).update(amount=1)

    look_for_drift()

    check = DriftCheck.objects.get(name="order_summary")
    assert (check.compared, check.differing, check.differed_last) == (3, 1, 1)
    shown = {
        (figure.name, *labels): n for figure in figures() for labels, n in figure.values.items()
    }
    assert shown["readmodels_rows_differing", "order_summary"] == 1
    assert shown["readmodels_rows_differing", "order_detail"] == 0


def alerts() -> list[str]:
    told = Message.objects.filter(type="AlertOperators").order_by("recorded_at")
    return [each.payload["subject"] for each in told]


def test_drift_is_alerted_once_and_again_only_after_it_was_mended(shop: Shop) -> None:
    shop.order()
    settle()
    for told in (1, 2):
        OrderSummary.objects.update(amount=told)
        for _ in range(3):
            look_for_drift()
        assert alerts() == ["Rows of order_summary differ from the tables"] * told
        assert verify("--repair") == 0


def test_drift_of_which_nothing_was_found_for_a_day_is_over(shop: Shop) -> None:
    shop.order()
    settle()
    for told in (1, 2):
        OrderSummary.objects.update(amount=told)
        look_for_drift()
        OrderSummary.objects.update(amount=PRICE)
        look_for_drift()
        assert Alarm.objects.count() == 1
        DriftCheck.objects.update(differed_at=F("differed_at") - timedelta(days=1))
        look_for_drift()
        assert (len(alerts()), Alarm.objects.count()) == (told, 0)


def test_totals_that_do_not_add_up_are_alerted_once(shop: Shop) -> None:
    shop.order()
    settle()
    DailySales.objects.update(units=7)
    for _ in range(2):
        add_up()
    assert alerts() == ["Rows of daily_sales differ from the tables"]


@pytest.mark.parametrize("words", [["rebuild", "order_summary", "--accept"], ["verify", "--all"]])
def test_drift_is_over_when_all_rows_were_built_anew_or_found_right(
    shop: Shop, words: list[str]
) -> None:
    shop.order()
    settle()
    OrderSummary.objects.update(amount=1)
    look_for_drift()
    if "--all" in words:
        OrderSummary.objects.update(amount=PRICE)
    call_command("readmodels", *words)
    assert not Alarm.objects.exists()


def test_beat_adds_up_the_totals(shop: Shop) -> None:
    shop.order({"MUG": 2})
    settle()
    DailySales.objects.update(units=1)

    add_up()

    assert DriftCheck.objects.get(name="daily_sales").differed_last == 1
    assert DriftCheck.objects.get(name="stock_levels").differed_last == 0
    assert verify("--repair") == 0
    assert DailySales.objects.get().units == 2


def test_nobody_waits_for_a_comparison(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A customer cancels while the tables of the contexts are being read.

    To wait for the comparison, which waits for this, would end with an error of the lock.
    """
    orders = [shop.order() for _ in range(3)]
    settle()
    cancelled: list[UUID] = []

    def cancel(_: int) -> None:
        request_cancellation(order_id=orders[0].id, reason_code="cancelled_by_customer")
        cancelled.append(orders[0].id)

    def cancel_meanwhile(_: Collection[UUID]) -> Sequence[history.PastEvent]:
        if not cancelled:
            at_once(1, cancel)
        return ()

    monkeypatch.setattr(history, "reconstructors", [*history.reconstructors, cancel_meanwhile])
    assert drift.compare(order_summary, [order.id for order in orders], repair=True) == []
    settle()
    assert OrderSummary.objects.get(pk=cancelled[0]).status == "cancelled"


def test_only_rows_that_seem_wrong_are_looked_at_behind_a_lock(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [shop.order() for _ in range(3)]
    settle()
    OrderSummary.objects.filter(pk=orders[1].id).update(amount=1)
    locked: list[UUID] = []
    lock = conversations.lock

    def noted(keys: Collection[UUID]) -> dict[UUID, int]:
        locked.extend(keys)
        return lock(keys)

    monkeypatch.setattr(conversations, "lock", noted)
    assert verify("--repair", "order_summary") == 0
    assert set(locked) == {orders[1].id}
