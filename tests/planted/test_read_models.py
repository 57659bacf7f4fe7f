"""Read models with bugs put in: the tests of projections and rebuilds have to show each of them."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from django.db import models
from uuid_utils.compat import uuid7

from outbox.kit.rows import bulk
from outbox.messages import Envelope
from readmodels.models import DailySales, OrderSummary
from readmodels.projection import Projection
from readmodels.rebuild import shadow
from testkit.delivering import settle
from testkit.proofs.equality import unequal
from testkit.shop import Shop
from tests.readmodels import test_projection, test_rebuild

really_upsert, really_create = bulk.upsertion, shadow.create


def fold_whatever_comes(
    self: Projection[Any], rows: Mapping[Any, Any], envelopes: Iterable[Envelope[Any]]
) -> None:
    for envelope in envelopes:
        row = rows[envelope.conversation]
        self.fold_of[type(envelope.message)](row, envelope.message)
        row.sequence = envelope.sequence


def overwrite(rows: Iterable[models.Model], **_: Any) -> bulk.Part | None:
    return really_upsert(rows)


def truncate_and_create(table: type[models.Model], **where: Any) -> None:
    table._default_manager.all().delete()  # noqa: SLF001 - Django's documented Model._meta API
    really_create(table, **where)


def test_a_projection_without_a_version_gate_is_caught(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = test_projection.log_of_orders(shop)
    monkeypatch.setattr(test_projection, "log_of_orders", lambda _: log)
    monkeypatch.setattr(Projection, "fold", fold_whatever_comes)
    monkeypatch.setattr(bulk, "upsertion", overwrite)
    with pytest.raises(AssertionError):
        test_projection.test_a_message_from_the_past_does_not_turn_a_row_back(shop)


def test_a_rebuild_that_empties_the_live_table_first_is_caught(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow, "create", truncate_and_create)
    with pytest.raises(AssertionError):
        test_rebuild.test_what_happens_during_a_rebuild_is_in_the_rebuilt_rows(shop)


def test_a_read_model_that_says_something_else_is_caught_at_the_end_of_any_test(shop: Shop) -> None:
    """Each bug is put in, and mended before the next."""
    shop.order()
    settle()
    row = OrderSummary.objects.get()
    assert unequal() == []

    OrderSummary.objects.update(amount=1)
    assert_told_of(f"order_summary {row.pk}", by=["by the tables", "by the log"])
    OrderSummary.objects.all().delete()
    assert_told_of(f"order_summary {row.pk}", by=["by the tables", "by the log"])
    row.save(force_insert=True)

    other = OrderSummary.objects.get()
    other.pk = uuid7()
    other.save(force_insert=True)
    assert_told_of(f"order_summary {other.pk}", by=["by the tables"])
    other.delete()

    DailySales.objects.update(units=500)
    assert_told_of("daily_sales", by=["units"])


def assert_told_of(what: str, *, by: list[str]) -> None:
    wrong = unequal()
    assert len(wrong) == len(by), wrong
    for line, words in zip(wrong, by, strict=True):
        assert line.startswith(what)
        assert words in line
