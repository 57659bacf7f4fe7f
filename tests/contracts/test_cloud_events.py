"""Events leave the log as CloudEvents 1.0 that others can read."""

import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from django.core.management import CommandError, call_command
from django.utils import timezone

from config.contexts import own_contexts
from outbox.contracts.cloud_events import cloud_event
from outbox.messages import Event, type_of
from outbox.models import Message
from testkit.delivering import settle
from testkit.shop import Shop

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

REQUIRED = {"id", "source", "specversion", "type"}
"""Attributes that every CloudEvent has (specification 1.0.2, "Required Attributes")."""

ATTRIBUTE_NAME = re.compile(r"[a-z0-9]{1,20}")
"""Likewise, "Attribute Naming Convention"."""


@pytest.fixture
def order_id(own_saga: None, shop: Shop) -> UUID:  # noqa: ARG001 - the saga that the order takes
    order = shop.order()
    settle()
    return order.id


def exported(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    """Run the command and return its lines, but for those of contexts of one's own."""
    capsys.readouterr()
    call_command("export_events", *words)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if line["source"].strip("/") not in own_contexts()]


def test_every_event_is_exported_in_order_and_no_command(
    order_id: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = exported(capsys, "--conversation", str(order_id))
    assert [line["type"] for line in lines] == [
        "OrderPlaced",
        "PaymentCompleted",
        "InventoryReserved",
        "OrderConfirmed",
    ]
    sequences = [line["sequence"] for line in lines]
    assert sequences == sorted(sequences)


@pytest.mark.usefixtures("order_id")
def test_the_sdk_of_cloud_events_reads_what_is_exported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = exported(capsys)
    assert len(lines) == 6
    for line in lines:
        event = JSONFormat().read(CloudEvent, json.dumps(line))
        message = Message.objects.get(pk=event.get_id())
        assert (event.get_type(), event.get_data()) == (message.type, message.payload)
        assert event.get_time() == message.recorded_at
        assert event.get_extension("sequence") == f"{message.sequence:010}"


@pytest.mark.usefixtures("order_id")
def test_the_rules_of_the_specification_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    for line in exported(capsys):
        attributes = {name: value for name, value in line.items() if name != "data"}
        assert attributes.keys() >= REQUIRED
        assert attributes["specversion"] == "1.0"
        assert all(ATTRIBUTE_NAME.fullmatch(name) for name in attributes)
        assert all(isinstance(value, str) and value for value in attributes.values())
        assert re.fullmatch(r"[a-z]+:\S+", attributes["dataschema"])
        assert issubclass(type_of[attributes["type"]], Event)


@pytest.mark.usefixtures("order_id")
def test_source_schema_trace_and_cause_are_told() -> None:
    message = Message.objects.get(type="OrderConfirmed")
    message.traceparent = TRACE
    event = cloud_event(message, source="https://shop.example", schemas="https://shop.example/s/")
    assert event["source"] == "https://shop.example/orders"
    assert event["dataschema"] == "https://shop.example/s/OrderConfirmed.v1.json"
    assert event["traceparent"] == TRACE
    assert event["subject"] == event["correlationid"] == str(message.correlation_id)
    assert event["causationid"] == str(message.causation_id)


def test_events_since_a_time_begin_there(
    order_id: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    reserved = Message.objects.get(type="InventoryReserved", correlation_id=order_id)
    lines = exported(capsys, "--since", reserved.recorded_at.isoformat())
    assert [line["type"] for line in lines] == ["InventoryReserved", "OrderConfirmed"]
    tomorrow = timezone.now() + timedelta(days=1)
    assert exported(capsys, "--since", tomorrow.isoformat()) == []


@pytest.mark.parametrize("text", ["yesterday", "2026-11-22", "2026-11-22T12:00:00"])
def test_a_time_without_a_zone_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="it wants 2026-11-22T12:00:00Z"):
        call_command("export_events", "--since", text)
