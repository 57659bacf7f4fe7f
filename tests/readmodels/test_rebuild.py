"""A read model is rebuilt from the log beside the live one, and then replaces it."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.models import F

from orders.events import OrderConfirmationRefused
from orders.services import request_cancellation
from outbox.models import Message
from readmodels.models import OrderSummary, Rebuild
from readmodels.projections.orders import order_summary
from readmodels.rebuild import catch_up, rebuild, shadow
from testkit.delivering import settle
from testkit.shop import Shop
from tests.readmodels.day import a_day_of, rows


def test_rebuilt_rows_are_those_that_were_kept_up_to_date(shop: Shop) -> None:
    a_day_of(shop)
    before = rows()

    call_command("readmodels", "rebuild", "order_summary")

    assert rows() == before


def indexes() -> list[tuple[str, str]]:
    with connections[order_summary.database].cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE schemaname = current_schema() AND tablename = 'readmodels_ordersummary'"
            " ORDER BY 1"
        )
        return [(name, definition) for name, definition in cursor.fetchall()]


def test_the_rebuilt_table_has_the_indexes_of_the_old_one(shop: Shop) -> None:
    a_day_of(shop)
    before = indexes()

    call_command("readmodels", "rebuild", "order_summary")

    assert len(before) > 4
    assert {definition for _, definition in indexes()} >= {
        definition for name, definition in before if not name.endswith("_pkey")
    }
    assert len(indexes()) == len(before)


def test_rows_that_were_spoiled_are_right_again(shop: Shop) -> None:
    a_day_of(shop)
    before = rows()
    OrderSummary.objects.update(status="confirmed", sequence=99)
    OrderSummary.objects.all()[0].delete()

    call_command("readmodels", "rebuild", "order_summary", "--accept")

    assert rows() == before


def test_what_happens_during_a_rebuild_is_in_the_rebuilt_rows(shop: Shop) -> None:
    a_day_of(shop)
    under_way = rebuild.begin("order_summary")
    while rebuild.advance(under_way):
        assert OrderSummary.objects.count() == 3
    late = shop.order({"BOWL": 3})
    settle()
    request_cancellation(order_id=late.id, reason_code="cancelled_by_customer")
    settle()
    shop.order({"BOWL": 1})
    settle()
    before = rows()

    rebuild.finish(under_way)

    assert rows() == before


def test_what_is_owed_at_the_swap_is_taken_in_once(shop: Shop) -> None:
    under_way = rebuild.begin("order_summary")
    shop.order({"MUG": 2})
    rebuild.advance(under_way)
    rebuild.finish(under_way)
    settle()

    assert [(each.status, each.item_count) for each in OrderSummary.objects.all()] == [
        ("confirmed", 2)
    ]


def test_an_interrupted_rebuild_is_resumed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    a_day_of(shop)
    before = rows()
    monkeypatch.setattr(catch_up, "CHUNK", 1)
    rebuild.advance(rebuild.begin("order_summary"))

    with pytest.raises(CommandError, match="--resume") as refused:
        call_command("readmodels", "rebuild", "order_summary")
    assert refused.value.returncode == 2
    call_command("readmodels", "rebuild", "order_summary", "--resume")

    assert rows() == before


def test_an_interrupted_rebuild_is_dropped(shop: Shop) -> None:
    a_day_of(shop)
    before = rows()
    rebuild.begin("order_summary")

    call_command("readmodels", "rebuild", "order_summary", "--drop")

    assert rows() == before
    call_command("readmodels", "rebuild", "order_summary")


def test_a_rollback_puts_the_old_rows_back_and_up_to_date(shop: Shop) -> None:
    a_day_of(shop)
    OrderSummary.objects.update(reason_code="as it was")
    call_command("readmodels", "rebuild", "order_summary", "--accept")
    late = shop.order({"BOWL": 1})
    settle()

    call_command("readmodels", "rebuild", "order_summary", "--rollback")

    reasons = dict(OrderSummary.objects.values_list("pk", "reason_code"))
    assert reasons.pop(late.id) == ""
    assert set(reasons.values()) == {"as it was"}


def test_a_rebuild_from_the_tables_is_the_same_as_from_the_log(shop: Shop) -> None:
    a_day_of(shop)
    before = rows()
    Message.objects.all().delete()

    call_command("readmodels", "rebuild", "order_summary")

    for row in (rebuilt := rows()) + before:
        del row["sequence"]
    assert rebuilt == before


def test_a_shortened_log_that_no_context_can_fill_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_day_of(shop)
    before = rows()
    Message.objects.all().delete()
    heard: dict[Any, Any] = {
        **order_summary.subscriber.subscriptions,
        OrderConfirmationRefused: None,
    }
    monkeypatch.setattr(order_summary.subscriber, "subscriptions", heard)

    with pytest.raises(
        CommandError, match="no context reconstructs OrderConfirmationRefused"
    ) as refused:
        call_command("readmodels", "rebuild", "order_summary")

    assert refused.value.returncode == 2
    assert rows() == before


def test_the_report_names_the_rows_that_differ(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    a_day_of(shop)
    spoiled = OrderSummary.objects.first()
    assert spoiled
    OrderSummary.objects.filter(pk=spoiled.pk).update(amount=1)

    call_command("readmodels", "rebuild", "order_summary", "--no-swap")

    printed = capsys.readouterr().out
    assert "2 rows are the same, 1 differ" in printed
    assert f"{spoiled.pk} differs in amount" in printed
    assert OrderSummary.objects.get(pk=spoiled.pk).amount == 1


@pytest.mark.parametrize("how", ["--resume", "--drop", "--rollback"])
def test_what_cannot_be_done_is_refused_in_one_line(shop: Shop, how: str) -> None:  # noqa: ARG001 - the tables
    with pytest.raises(CommandError, match="rebuil") as refused:
        call_command("readmodels", "rebuild", "order_summary", how)
    assert refused.value.returncode == 2


def test_a_rebuild_that_would_change_rows_asks_before_it_swaps(shop: Shop) -> None:
    a_day_of(shop)
    right = rows()
    OrderSummary.objects.filter(status="confirmed").update(amount=1)
    spoiled = rows()

    with pytest.raises(CommandError, match="1 rows of order_summary would say") as refused:
        call_command("readmodels", "rebuild", "order_summary")
    assert refused.value.returncode == 2
    assert rows() == spoiled

    call_command("readmodels", "rebuild", "order_summary", "--resume", "--accept")
    assert rows() == right


def test_rows_that_are_only_late_are_no_reason_to_ask(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_day_of(shop)
    changes_of = rebuild.changes_of

    def go_on_and_look(under_way: Rebuild) -> list[Any]:
        shop.order({"BOWL": 1})
        settle()
        shop.order({"BOWL": 1})
        return changes_of(under_way)

    monkeypatch.setattr(rebuild, "changes_of", go_on_and_look)
    call_command("readmodels", "rebuild", "order_summary")
    settle()
    assert OrderSummary.objects.count() == 5


def test_behind_the_lock_only_rows_are_compared_that_have_changed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_day_of(shop)
    under_way = rebuild.begin("order_summary")
    while rebuild.advance(under_way):
        pass
    compared: list[Any] = []
    behind, lock = shadow.behind, shadow.lock

    def noted(*words: Any, keys: Any = None, **options: Any) -> list[Any]:
        compared.append(keys)
        return behind(*words, keys=keys, **options)

    def change_and_lock(*words: Any, **options: Any) -> None:
        OrderSummary.objects.filter(status="confirmed").update(sequence=F("sequence") + 1)
        lock(*words, **options)
        compared.append("locked")

    monkeypatch.setattr(shadow, "behind", noted)
    monkeypatch.setattr(shadow, "lock", change_and_lock)
    changed = OrderSummary.objects.get(status="confirmed").pk
    rebuild.finish(under_way)
    assert compared[0] is None
    assert compared[compared.index("locked") + 1 :] == [[changed]]


def test_a_rebuild_leaves_nothing_that_watches_a_table(shop: Shop) -> None:
    a_day_of(shop)
    call_command("readmodels", "rebuild", "order_summary")
    call_command("readmodels", "rebuild", "order_summary", "--rollback")
    with connections[order_summary.database].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname = 'changes'")
        assert cursor.fetchone() == (0,)
