"""System check: each view of the API says who may use it (``manage.py check``)."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from config.access.permissions import MayDo, served
from config.access.scopes import SCOPES


def views_name_what_they_need(**_: Any) -> list[CheckMessage]:
    """Report views of the API whose ``needs`` and methods differ, such as after a typo."""
    views = set(_api_views(get_resolver().url_patterns))
    return [
        error
        for view in sorted(views, key=lambda view: view.__name__)
        if MayDo in view.permission_classes
        for error in _faults(view)
    ]


def _faults(view: type[APIView]) -> Iterator[CheckMessage]:
    needs, methods = set(getattr(view, "needs", {})), served(view)
    for method in sorted(methods - needs):
        yield Error(
            f"{view.__name__} serves {method} and does not say who may use it.",
            hint=f'Name a permission, or AUTHENTICATED: needs = {{"{method}": AUTHENTICATED}}.',
            id="config.E003",
        )
    for method, scope in sorted(getattr(view, "scopes", {}).items()):
        if method not in methods or scope not in SCOPES:
            yield Error(
                f"{view.__name__} opens {method} to the scope {scope}, and one is unknown.",
                hint="Correct it, or add the scope to config/access/scopes.py.",
                id="config.E005",
            )
    for method in sorted(needs - methods):
        yield Error(
            f"{view.__name__} has a permission for {method} and does not serve it.",
            hint=f"Correct the name of the method, or take {method} out of needs.",
            id="config.E004",
        )


def _api_views(entries: Sequence[URLPattern | URLResolver]) -> Iterator[type[APIView]]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _api_views(entry.url_patterns)
            continue
        view: Any = getattr(entry.callback, "cls", object)
        if issubclass(view, APIView):
            yield view
