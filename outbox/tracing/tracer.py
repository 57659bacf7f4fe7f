"""One order as one trace, from the request to the last projection, where tracing is turned on.

A message's row bears the W3C ``traceparent`` of the span that published it. Whoever handles it goes
on from there, in whichever process and however much later. While tracing is off, OpenTelemetry is
not imported, and all of this is a test for ``None``.
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
    """Make spans with whatever provider OpenTelemetry has been given.

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
    """Say that a message is published; return the ``traceparent`` that its row bears.

    :param parent: that of its cause; empty for the span of the caller, such as a request's.
    """
    if _spans is None:
        return parent
    return _spans.published(name, message=message, conversation=conversation, parent=parent)


@contextmanager
def delivering(
    subscriber: str, envelopes: Sequence[Envelope[Any]]
) -> Iterator[Sequence[Envelope[Any]]]:
    """Span the handling of each message; what is published meanwhile goes on from its span."""
    if _spans is None:
        yield envelopes
    else:
        with _spans.delivering(subscriber, envelopes) as traced:
            yield traced


@contextmanager
def calling(subscriber: str, envelope: Envelope[Any]) -> Iterator[None]:
    """Span a call to the outside."""
    if _spans is None:
        yield
    else:
        with _spans.calling(subscriber, envelope):
            yield


@contextmanager
def serving(method: str, traceparent: str) -> "Iterator[Serving | None]":
    """Span a request, as a part of its client's trace if it names one."""
    if _spans is None:
        yield None
    else:
        with _spans.serving(method, traceparent) as span:
            yield span
