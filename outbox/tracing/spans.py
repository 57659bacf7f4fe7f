"""Make OpenTelemetry spans of requests, messages and calls.

Attributes follow its semantic conventions for messaging and HTTP.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from outbox.messages import Envelope

Serving = Span

_W3C = TraceContextTextMapPropagator()


class Spans:
    """Makes spans with the provider that is set when this is created."""

    def __init__(self) -> None:
        self.tracer = trace.get_tracer("outbox")

    def published(self, name: str, *, message: UUID, conversation: UUID, parent: str) -> str:
        """Make the span of a publication; return its ``traceparent``."""
        span = self.tracer.start_span(
            f"publish {name}",
            context=_context(parent),
            kind=SpanKind.PRODUCER,
            attributes=_attributes(name, message, conversation),
        )
        span.end()
        return _traceparent(span) or parent

    @contextmanager
    def delivering(
        self, subscriber: str, envelopes: Sequence[Envelope[Any]]
    ) -> Iterator[list[Envelope[Any]]]:
        """Make a span for each message of a batch, each in the trace of its message."""
        spans = [self._delivery(subscriber, envelope) for envelope in envelopes]
        try:
            yield [
                replace(envelope, traceparent=_traceparent(span) or envelope.traceparent)
                for envelope, span in zip(envelopes, spans, strict=True)
            ]
        except Exception as error:
            for span in spans:
                _fail(span, error)
            raise
        finally:
            for span in spans:
                span.end()

    @contextmanager
    def calling(self, subscriber: str, envelope: Envelope[Any]) -> Iterator[None]:
        """Make the span of a call; spans of an instrumented HTTP client nest in it."""
        with self.tracer.start_as_current_span(
            f"call {subscriber}",
            context=_context(envelope.traceparent),
            kind=SpanKind.CLIENT,
            attributes=_of(envelope, subscriber),
        ):
            yield

    @contextmanager
    def serving(self, method: str, traceparent: str) -> Iterator[Span]:
        """Make the span of a request."""
        with self.tracer.start_as_current_span(
            method,
            context=_context(traceparent),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method},
        ) as span:
            yield span

    def _delivery(self, subscriber: str, envelope: Envelope[Any]) -> Span:
        return self.tracer.start_span(
            f"deliver {type(envelope.message).__name__}",
            context=_context(envelope.traceparent),
            kind=SpanKind.CONSUMER,
            attributes=_of(envelope, subscriber),
        )


def _context(traceparent: str) -> Context | None:
    """Return the context that continues a trace; ``None`` for the current span."""
    return _W3C.extract({"traceparent": traceparent}, Context()) if traceparent else None


def _traceparent(span: Span) -> str:
    carrier: dict[str, str] = {}
    _W3C.inject(carrier, trace.set_span_in_context(span, Context()))
    return carrier.get("traceparent", "")


def _of(envelope: Envelope[Any], subscriber: str) -> dict[str, str | int]:
    name = type(envelope.message).__name__
    return {
        **_attributes(name, envelope.id, envelope.conversation),
        "messaging.consumer.group.name": subscriber,
        "outbox.sequence": envelope.sequence,
        "outbox.attempt": envelope.attempt,
    }


def _attributes(name: str, message: UUID, conversation: UUID) -> dict[str, str]:
    return {
        "messaging.system": "outbox",
        "messaging.destination.name": name,
        "messaging.message.id": str(message),
        "messaging.message.conversation_id": str(conversation),
    }


def _fail(span: Span, error: Exception) -> None:
    span.record_exception(error)
    span.set_status(Status(StatusCode.ERROR, type(error).__name__))
