"""Collect the signs of all apps that a user may see."""

from importlib import import_module

import structlog
from django.apps import apps
from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import module_has_submodule

from outbox.kit.signs import Sign, Verdict

log = structlog.get_logger()


def signs_for(request: HttpRequest) -> list[Sign]:
    """Return the signs, the worst first; an app whose signs cannot be read is a sign itself."""
    found: list[Sign] = []
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "signs"):
            try:
                found += import_module(f"{app.name}.signs").signs()
            except DatabaseError:
                log.exception("signs_failed", app=app.label)
                found.append(_unreadable(app.label))
    seen = [sign for sign in found if not sign.needs or request.user.has_perm(sign.needs)]
    return sorted(seen, key=lambda sign: -list(Verdict).index(sign.verdict))


def _unreadable(app: str) -> Sign:
    return Sign(
        title=f"Signs of {app}",
        value="cannot be read",
        verdict=Verdict.ACT,
        limit="the log says why: signs_failed",
        address=reverse("admin:index"),
        needs="",
    )
