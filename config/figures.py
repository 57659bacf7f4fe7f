"""Collect the figures of all apps for Prometheus.

They are read from the database at each request, so that every process returns the same.
"""

import secrets
from collections.abc import Iterator
from importlib import import_module

import structlog
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import module_has_submodule
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from outbox.kit.figures import Figure, number

log = structlog.get_logger()


def figures() -> Iterator[Figure]:
    """Yield the figures of each app's ``metrics.py``; one that fails does not affect the others."""
    failed = 0
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "metrics"):
            try:
                yield from list(import_module(f"{app.name}.metrics").figures())
            except DatabaseError:
                log.exception("figures_failed", app=app.label)
                failed += 1
    yield number("figures_failed", "Apps whose figures cannot be read", failed)


class Figures(Collector):
    """The figures as Prometheus gauges."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for figure in figures():
            family = GaugeMetricFamily(figure.name, figure.help, labels=figure.labels)
            for labels, value in figure.values.items():
                family.add_metric(labels, value)
            yield family


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the figures to staff with the permission, and to bearers of ``METRICS_TOKEN``.

    :raises Http404: no token is set, and the user may not see them.
    """
    if not (_has_token(request) or _may_see(request)):
        if not settings.METRICS_TOKEN:
            raise Http404
        return HttpResponse(
            "METRICS_TOKEN is wanted as a bearer token\n",
            status=401,
            headers={"WWW-Authenticate": "Bearer"},
            content_type="text/plain",
        )
    registry = CollectorRegistry()
    registry.register(Figures())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _has_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and (
        scheme.lower() == "bearer" and secrets.compare_digest(token.encode(), wanted.encode())
    )


def _may_see(request: HttpRequest) -> bool:
    """Tell whether this is staff who may view lanes, which most figures are about."""
    user = request.user
    return bool(user.is_active and user.is_staff and user.has_perm("outbox.view_lane"))
