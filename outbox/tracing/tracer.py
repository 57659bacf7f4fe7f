"""Trace each order from the request to the last projection, if tracing is on.

A message's row contains the W3C ``traceparent`` of the span that published it, and its handling
continues that trace. While tracing is off, OpenTelemetry is not imported.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from outbox.messages import Envelope

if TYPE_CHECKING:
    from outbox.tracing.spans import Serving, Spans

_spans: "Spans | None" = None


def turn_on() -> None:
    """Make spans with OpenTelemetry's current provider.

    :raises ImportError: OpenTelemetry is not installed.
    """
    global _spans  # noqa: PLW0603 - one switch per process, set when it starts
    from outbox.tracing.spans import Spans  # noqa: PLC0415 - the one import of OpenTelemetry, and optional

    _spans = Spans()


def turn_off() -> None:
    """Make no more spans."""
    global _spans  # noqa: PLW0603 - as above
    _spans = None


def published(name: str, *, message: UUID, conversation: UUID, parent: str) -> str:
    """Record that a message is published; return the ``traceparent`` for its row.

    :param parent: the ``traceparent`` of its cause; empty for the current span, such as a
        request's.
    """
    if _spans is None:
        return parent
    return _spans.published(name, message=message, conversation=conversation, parent=parent)


@contextmanager
def delivering(
    subscriber: str, envelopes: Sequence[Envelope[Any]]
) -> Iterator[Sequence[Envelope[Any]]]:
    """Make a span for each message; what its handling publishes continues from that span."""
    if _spans is None:
        yield envelopes
    else:
        with _spans.delivering(subscriber, envelopes) as traced:
            yield traced


@contextmanager
def calling(subscriber: str, envelope: Envelope[Any]) -> Iterator[None]:
    """Make the span of a call outside."""
    if _spans is None:
        yield
    else:
        with _spans.calling(subscriber, envelope):
            yield


@contextmanager
def serving(method: str, traceparent: str) -> "Iterator[Serving | None]":
    """Make the span of a request, in its client's trace if it has one."""
    if _spans is None:
        yield None
    else:
        with _spans.serving(method, traceparent) as span:
            yield span
