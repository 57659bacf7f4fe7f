"""Start OpenTelemetry tracing if ``TRACING`` asks for it, and trace each request.

``off``: no spans. ``otlp``: this module sends them to ``OTEL_EXPORTER_OTLP_ENDPOINT``.
``provided``: the process is instrumented from outside, such as by ``opentelemetry-instrument``.
"""

from collections.abc import Callable
from importlib.util import find_spec

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from outbox.tracing import tracer

MODULE_OF = {"otlp": "opentelemetry.exporter.otlp.proto.http", "provided": "opentelemetry.sdk"}
"""The module that each choice but ``off`` needs."""


def is_possible(choice: str) -> bool:
    """Tell whether a choice exists and its packages are installed."""
    try:
        return choice == "off" or (choice in MODULE_OF and find_spec(MODULE_OF[choice]) is not None)
    except ModuleNotFoundError:
        return False


def start() -> None:
    """Start tracing, if the setting says so."""
    if settings.TRACING == "otlp":
        _send_by_otlp()
    if settings.TRACING != "off":
        tracer.turn_on()


def flush() -> None:
    """Send the spans that are left, before the process ends."""
    if settings.TRACING == "otlp":
        from opentelemetry import trace  # noqa: PLC0415 - optional
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - likewise

        provider = trace.get_tracer_provider()
        if isinstance(provider, TracerProvider):
            provider.force_flush()


class TraceRequests:
    """Trace each request, within its client's trace if it sends a ``traceparent``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if settings.TRACING == "off":
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        method = request.method or ""
        with tracer.serving(method, request.headers.get("traceparent", "")) as span:
            response = self.get_response(request)
            if span is not None:
                if request.resolver_match:
                    route = f"/{request.resolver_match.route}"
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", response.status_code)
            return response


def _send_by_otlp() -> None:
    from opentelemetry import trace  # noqa: PLC0415 - optional
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - likewise
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - likewise
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - likewise

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
