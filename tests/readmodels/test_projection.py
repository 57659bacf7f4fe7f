"""A message is applied to a read row once and in order, however often it is delivered."""

import json
import random
from typing import Any

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.services import request_cancellation
from outbox.messages import Envelope, decode
from outbox.models import Message
from readmodels.models import OrderSummary
from readmodels.projections.orders import order_summary
from testkit.delivering import settle
from testkit.shop import Shop
from tests.readmodels.day import rows


def log_of_orders(shop: Shop) -> list[Envelope[Any]]:
    """Run orders, cancel one, and return the envelopes that the projection received."""
    first = shop.order({"MUG": 2})
    shop.order(payment_method="pm_card_chargeDeclined")
    settle()
    request_cancellation(order_id=first.id, reason_code="cancelled_by_customer")
    settle()
    heard = Message.objects.filter(subscribers__contains=["order_summary"])
    return [
        Envelope(
            message=decode(each.type, each.version, json.dumps(each.payload)),
            id=each.id,
            conversation=each.correlation_id,
            sequence=each.sequence,
            flow=each.flow,
            traceparent=each.traceparent,
            recorded_at=each.recorded_at,
            attempt=1,
            subscribers=each.subscribers,
        )
        for each in heard.order_by("recorded_at")
    ]


def statements() -> CaptureQueriesContext:
    return CaptureQueriesContext(connections[order_summary.database])


@transaction.atomic
def apply(*envelopes: Envelope[Any]) -> None:
    order_summary.apply(envelopes)


def test_a_replay_of_everything_changes_nothing(shop: Shop) -> None:
    log = log_of_orders(shop)
    before = rows()
    apply(*log)
    for envelope in log:
        apply(envelope)
    assert rows() == before


def test_rebuilt_one_by_one_or_in_one_batch_the_rows_are_the_same(shop: Shop) -> None:
    log = log_of_orders(shop)
    before = rows()
    OrderSummary.objects.all().delete()
    for envelope in log:
        apply(envelope)
    assert rows() == before
    OrderSummary.objects.all().delete()
    apply(*random.Random(1).sample(log, len(log)))
    assert rows() == before


def test_a_batch_takes_one_write_and_one_read_of_what_began_before(shop: Shop) -> None:
    for _ in range(5):
        shop.order()
    log = log_of_orders(shop)
    before = rows()
    OrderSummary.objects.all().delete()
    beginnings = [each for each in log if each.sequence == 1]
    with transaction.atomic(order_summary.database), statements() as captured:
        order_summary.apply(beginnings)
        order_summary.apply([each for each in log if each not in beginnings])
    begun, read, written = [each["sql"] for each in captured]
    assert read.startswith("SELECT")
    assert read.endswith("FOR UPDATE")
    assert begun.startswith("INSERT INTO")
    assert written.startswith("INSERT INTO")
    assert (len(log), len(rows())) == (16, 7)
    assert rows() == before


def test_a_message_from_the_past_does_not_turn_a_row_back(shop: Shop) -> None:
    log = log_of_orders(shop)
    before = rows()
    apply(log[0])
    assert rows() == before


def test_a_row_shows_where_an_order_stands_at_each_moment(shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    settle()
    seen = [OrderSummary.objects.get().status]
    request_cancellation(order_id=order.id, reason_code="cancelled_by_staff")
    settle()
    row = OrderSummary.objects.get()
    seen.append(row.status)
    assert seen == ["confirmed", "cancelled"]
    assert row.reason_code == "cancelled_by_staff"
    assert row.confirmed_at
    assert row.cancelled_at
    assert row.confirmed_at < row.cancelled_at < timezone.now()


@pytest.mark.parametrize("name", ["order_summary"])
def test_a_projection_publishes_nothing(shop: Shop, name: str) -> None:
    log_of_orders(shop)
    causes = Message.objects.exclude(causation_id=None).values("causation_id")
    heard_only_here = [
        message.type
        for message in Message.objects.filter(pk__in=causes)
        if message.subscribers == [name]
    ]
    assert heard_only_here == []
