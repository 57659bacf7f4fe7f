"""An order is one trace, from request to last projection; OpenTelemetry is imported only if on."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from django.test import Client
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from pytest_django import Settings

from outbox.models import Message
from outbox.retry import Retry
from outbox.tracing import tracer
from testkit.delivering import settle
from testkit.shop import Shop
from tests.outbox.conftest import Ear, Listen, deliver, refuse, ring

CLIENTS_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CLIENTS_SPAN = "00f067aa0ba902b7"


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    """Set OpenTelemetry's provider, which is possible once per process."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter, settings: Settings) -> Iterator[InMemorySpanExporter]:
    settings.TRACING = "provided"
    exporter.clear()
    tracer.turn_on()
    yield exporter
    tracer.turn_off()


def place(shop: Shop, **headers: str) -> None:
    """Place an order through the API as a customer, and let its flow end."""
    user = User.objects.create(username="customer")
    shop.customer.user = user
    shop.customer.save()
    client = Client()
    client.force_login(user)
    answer = client.post(
        "/api/v1/orders",
        {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_card_visa"},
        content_type="application/json",
        headers={"Idempotency-Key": "one-order", **headers},
    )
    assert answer.status_code == 202, answer.content
    settle()


def trace_ids(exported: InMemorySpanExporter) -> set[str]:
    """Return the traces; bookings of stock, which orders may share, have their own."""
    spans = [span for span in finished(exported) if not span.name.endswith("StockMoved")]
    return {trace.format_trace_id(context_of(span).trace_id) for span in spans}


def finished(exported: InMemorySpanExporter) -> tuple[ReadableSpan, ...]:
    return exported.get_finished_spans()


def context_of(span: ReadableSpan) -> trace.SpanContext:
    context = span.get_span_context()
    assert context is not None
    return context


def test_one_order_is_one_trace_from_the_request_to_the_last_projection(
    audited: Shop, spans: InMemorySpanExporter
) -> None:
    place(audited)
    assert len(trace_ids(spans)) == 1
    names = {(span.name, span.kind) for span in finished(spans)}
    assert names >= {
        ("POST /api/v1/orders", SpanKind.SERVER),
        ("publish OrderPlaced", SpanKind.PRODUCER),
        ("deliver OrderPlaced", SpanKind.CONSUMER),
        ("deliver ChargePayment", SpanKind.CONSUMER),
        ("call gateway", SpanKind.CLIENT),
        ("deliver OrderConfirmed", SpanKind.CONSUMER),
    }
    attributes = [span.attributes or {} for span in finished(spans)]
    told = {each.get("messaging.consumer.group.name") for each in attributes}
    assert told >= {"readmodels", "sagas", "payments", "inventory", "gateway"}


def test_each_span_has_its_cause_as_parent(audited: Shop, spans: InMemorySpanExporter) -> None:
    place(audited)
    by_id = {context_of(span).span_id: span for span in finished(spans)}
    (confirmed,) = (each for each in by_id.values() if each.name == "publish OrderConfirmed")
    way = []
    span: ReadableSpan | None = confirmed
    while span is not None:
        way.append(span.name)
        span = by_id[span.parent.span_id] if span.parent else None
    assert way[-1] == "POST /api/v1/orders"
    assert way[:3] == ["publish OrderConfirmed", "deliver ConfirmOrder", "publish ConfirmOrder"]
    assert way.index("deliver PaymentCompleted") < way.index("deliver ChargePayment")


def test_a_request_goes_on_with_the_trace_of_its_client(
    audited: Shop, spans: InMemorySpanExporter
) -> None:
    place(audited, traceparent=f"00-{CLIENTS_TRACE}-{CLIENTS_SPAN}-01")
    assert trace_ids(spans) == {CLIENTS_TRACE}
    rows = Message.objects.exclude(type="StockMoved").values_list("traceparent", flat=True)
    assert {row.split("-")[1] for row in rows} == {CLIENTS_TRACE}
    assert len(set(rows)) == len(rows)


def test_a_header_that_means_nothing_begins_a_trace(
    audited: Shop, spans: InMemorySpanExporter
) -> None:
    place(audited, traceparent="00-what-ever-01")
    assert len(trace_ids(spans)) == 1


def test_messages_of_one_batch_stay_in_traces_of_their_own(
    listen: Listen, spans: InMemorySpanExporter
) -> None:
    listen()
    for _ in range(3):
        ring()
    deliver()
    assert [span.name for span in finished(spans)] == ["publish Rang"] * 3 + ["deliver Rang"] * 3
    assert len(trace_ids(spans)) == 3


def test_a_delivery_that_fails_says_so(
    listen: Listen, ear: Ear, spans: InMemorySpanExporter
) -> None:
    listen(retry=Retry(attempts=1))
    ear.act = refuse(ring())
    deliver()
    failed = [span for span in finished(spans) if span.status.status_code == StatusCode.ERROR]
    assert {(span.name, span.status.description) for span in failed} == {
        ("deliver Rang", "Trouble")
    }


def test_without_tracing_a_message_bears_no_trace(audited: Shop) -> None:
    place(audited, traceparent=f"00-{CLIENTS_TRACE}-{CLIENTS_SPAN}-01")
    assert set(Message.objects.values_list("traceparent", flat=True)) == {""}


def test_while_it_is_off_opentelemetry_is_not_imported() -> None:
    program = (
        "import sys, django; django.setup()\n"
        "import config.wsgi, config.urls, config.celery, outbox.tasks, orders.sagas.tasks\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    assert _run("-c", program).stdout == "[]\n"


@pytest.mark.parametrize("choice", ["1", "jaeger"])
def test_an_unknown_choice_stops_the_start_with_one_line(
    choice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACING", choice)
    ended = _run("manage.py", "check")
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"TRACING cannot be '{choice}': it wants off, otlp or provided")
    assert ended.stderr.count("\n") == 1


def test_without_its_packages_it_stops_the_start_with_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRACING", "otlp")
    program = (
        "import sys; sys.modules['opentelemetry'] = None; sys.argv = ['manage.py', 'check']\n"
        "import manage; manage.main()"
    )
    ended = _run("-c", program)
    assert ended.returncode == 2
    assert "the packages of the extra `tracing`" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_by_otlp_it_sends_spans_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACING", "otlp")
    program = (
        "import django; django.setup()\n"
        "from opentelemetry import trace\n"
        "print(type(trace.get_tracer_provider()).__module__)"
    )
    assert _run("-c", program).stdout == "opentelemetry.sdk.trace\n"


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=project.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
