"""Every route of the URL configuration, with an address that leads to it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern

EXAMPLE_OF = {
    "uuid": "01936f2e-8b1c-7c3d-9a4e-5f60718293a4",
    "int": "7",
    "slug": "sandbox",
    "str": "MUG",
    "path": "7",
}
"""By the name of the converter."""

_EXPRESSIONS = {"^api/": "api/nothing", "^(?P<app_label>": "orders/", "(?P<url>.*)$": "nothing"}
"""By how a regular expression begins."""


@dataclass(frozen=True, slots=True)
class Route:
    """An address of the project.

    :ivar pattern: as the URL configuration writes it, ``/api/v1/orders/<uuid:order_id>``.
    :ivar address: an example of it.
    :ivar view: what answers there.
    """

    pattern: str
    address: str
    view: Any


def routes() -> list[Route]:
    """Return all routes, each once."""
    return list({route.pattern: route for route in _below(get_resolver().url_patterns)}.values())


def _below(entries: Sequence[Any], before: str = "/", path: str = "/") -> Iterator[Route]:
    for entry in entries:
        assert isinstance(entry, URLPattern | URLResolver)
        pattern, address = before + str(entry.pattern), path + _example(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _below(entry.url_patterns, pattern, address)
        else:
            yield Route(pattern, address, entry.callback)


def _example(pattern: Any) -> str:
    if isinstance(pattern, RoutePattern):
        return re.sub(r"<(?:(\w+):)?\w+>", lambda part: EXAMPLE_OF[part[1] or "str"], str(pattern))
    assert isinstance(pattern, RegexPattern)
    return next(text for begins, text in _EXPRESSIONS.items() if str(pattern).startswith(begins))
