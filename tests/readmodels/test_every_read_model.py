"""What holds for every read model: it can be rebuilt, repaired and reconstructed."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections, models
from pytest_django import Settings

from outbox.models import Message
from outbox.retention import remove_what_is_over
from readmodels.models import (
    CustomerOrder,
    CustomerStatistics,
    DailySales,
    MoneyAtRisk,
    OrderDetail,
    OrderSummary,
    SoldOrder,
    StockBooking,
    StockLevel,
)
from readmodels.projection import projections
from readmodels.rebuild import catch_up, rebuild
from testkit.delivering import settle, settle_all_but
from testkit.proofs.equality import unequal
from testkit.shop import Shop
from tests.readmodels.day import a_busy_day_of, a_day_of, tables
from tests.readmodels.test_drift import verify

every_read_model = pytest.mark.parametrize("name", sorted(projections))

WRONG: list[tuple[str, type[models.Model], dict[str, Any]]] = [
    ("order_summary", OrderSummary, {"status": "fulfilled", "amount": 1}),
    ("order_detail", OrderDetail, {"timeline": []}),
    ("customer_statistics", CustomerOrder, {"amount": 1}),
    ("customer_statistics", CustomerStatistics, {"orders": 99}),
    ("daily_sales", SoldOrder, {"country": "Atlantis"}),
    ("daily_sales", DailySales, {"units": 99}),
    ("stock_levels", StockBooking, {"moves": []}),
    ("stock_levels", StockLevel, {"on_hand": 99}),
    ("money_at_risk", MoneyAtRisk, {"captured": 1}),
]


@every_read_model
def test_rebuilt_from_the_log_from_what_is_left_of_it_and_from_the_tables_it_is_the_same(
    shop: Shop, settings: Settings, name: str
) -> None:
    projection = projections[name]
    a_busy_day_of(shop)
    before = tables(projection)
    call_command("readmodels", "rebuild", name)
    assert tables(projection) == before

    settings.OUTBOX_KEEP_LOG_DAYS = 0
    remove_what_is_over(seconds=20)
    assert not Message.objects.exists()
    shop.order({"BOWL": 1})
    settle()
    before = tables(projection, sequence=False)
    call_command("readmodels", "rebuild", name)
    assert tables(projection, sequence=False) == before

    Message.objects.all().delete()
    call_command("readmodels", "rebuild", name)
    assert tables(projection, sequence=False) == before
    assert verify(name, "--all") == 0


@pytest.mark.parametrize(("name", "table", "wrong"), WRONG)
def test_a_row_corrupted_by_hand_is_found_and_repaired(
    shop: Shop, name: str, table: Any, wrong: dict[str, Any]
) -> None:
    a_busy_day_of(shop)
    before = tables(projections[name], sequence=False)
    table.objects.filter(pk=table.objects.order_by("pk")[0].pk).update(**wrong)

    assert verify(name) == 1
    assert verify(name, "--repair") == 0

    assert tables(projections[name], sequence=False) == before
    assert verify(name, "--all") == 0


@pytest.mark.parametrize(
    ("name", "table"), sorted({(name, table) for name, table, _ in WRONG}, key=str)
)
def test_a_row_that_is_gone_is_missed_and_written_again(shop: Shop, name: str, table: Any) -> None:
    a_day_of(shop)
    before = tables(projections[name], sequence=False)
    table.objects.order_by("pk")[0].delete()

    assert verify(name, "--all") == 1
    assert verify(name, "--all", "--repair") == 0

    assert tables(projections[name], sequence=False) == before


@every_read_model
def test_what_happens_during_a_rebuild_is_in_the_rebuilt_rows(shop: Shop, name: str) -> None:
    a_day_of(shop)
    under_way = rebuild.begin(name)
    while rebuild.advance(under_way):
        pass
    shop.receive("BOWL", 7)
    shop.order({"BOWL": 3})
    settle()
    shop.order({"BOWL": 1})
    settle_all_but(name)
    before = tables(projections[name])

    rebuild.finish(under_way)

    assert tables(projections[name]) == before
    settle()
    assert unequal() == []


@every_read_model
def test_an_interrupted_rebuild_is_resumed_and_a_finished_one_taken_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    a_day_of(shop)
    before = tables(projections[name])
    monkeypatch.setattr(catch_up, "CHUNK", 2)
    rebuild.advance(rebuild.begin(name))
    call_command("readmodels", "rebuild", name, "--resume")
    assert tables(projections[name]) == before

    shop.order({"BOWL": 1})
    settle()
    after = tables(projections[name])
    call_command("readmodels", "rebuild", name, "--rollback")
    assert tables(projections[name]) == after
    assert unequal() == []


def test_a_changed_layout_is_deployed_by_a_rebuild(shop: Shop) -> None:
    """The live table is that of earlier code: one column is missing, and another exists."""
    a_day_of(shop)
    projection = projections["daily_sales"]
    before = tables(projection)
    with connections[projection.database].cursor() as cursor:
        cursor.execute(
            "ALTER TABLE readmodels_dailysales DROP COLUMN returned_units, ADD COLUMN hits int"
        )

    call_command("readmodels", "rebuild", "daily_sales")

    assert tables(projection) == before
    shop.order({"BOWL": 1})
    settle()
    assert unequal() == []
