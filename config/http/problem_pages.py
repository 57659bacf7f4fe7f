"""Serve a page for every kind of problem, at the address in its ``type``.

An exception of the project describes itself: its docstring says what happened, its
``default_detail`` what to do. The framework's own are described here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from inspect import cleandoc
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from rest_framework.exceptions import APIException

import config.http.bodies
import config.http.idempotency  # noqa: F401 - both define some
from config.http.problems import title_of, type_of


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem.

    :ivar type: its URI, which is the address of its page.
    :ivar meaning: what happened, and what to do about it.
    """

    type: str
    title: str
    status: int
    meaning: str


OF_THE_FRAMEWORK: Final = {
    "bad_request": (
        400,
        "The request is malformed, or its Host header is not this shop's.",
    ),
    "parse_error": (400, "The body is not JSON: the detail says where it is malformed."),
    "invalid_input": (400, "Fields or parameters cannot be used: errors says which, and why."),
    "authentication_failed": (401, "The token is wrong or no longer valid: ask for a new one."),
    "not_authenticated": (401, "No token came with the request: Authorization: Bearer <token>."),
    "permission_denied": (403, "The user is authenticated, and may not do this."),
    "not_found": (404, "It does not exist, or belongs to another customer."),
    "method_not_allowed": (
        405,
        "The address does not serve this method: Allow lists those that it does.",
    ),
    "not_acceptable": (406, "The API answers in JSON, which the Accept header excludes."),
    "uri_too_long": (414, "The address is longer than the server accepts: shorten it."),
    "header_fields_too_large": (431, "The headers are larger than the server accepts: send fewer."),
    "unsupported_media_type": (415, "The body is not sent as application/json."),
    "throttled": (429, "Too many requests: send it again after the seconds in Retry-After."),
    "unavailable": (503, "The server is overloaded: send the request again later."),
    "server_error": (
        500,
        "The server failed: a POST is safe to repeat with its Idempotency-Key.",
    ),
}


def kinds() -> dict[str, ProblemKind]:
    """Return every kind of problem by its type."""
    described = {code: _kind(code, *rest) for code, rest in OF_THE_FRAMEWORK.items()}
    for error in _ours(APIException):
        described.setdefault(error.default_code, _kind_of(error))
    return {kind.type: kind for _, kind in sorted(described.items())}


@require_safe
def every_problem(request: HttpRequest) -> HttpResponse:
    """Show all kinds of problems."""
    return render(request, "problems.html", {"kinds": kinds().values()})


@require_safe
def one_problem(request: HttpRequest, name: str) -> HttpResponse:
    """Show what one kind means.

    :raises Http404: there is no such kind.
    """
    kind = kinds().get(type_of(name))
    if kind is None:
        raise Http404
    return render(request, "problems.html", {"kinds": [kind]})


def _ours(error: type[APIException]) -> Iterator[type[APIException]]:
    for each in error.__subclasses__():
        if not each.__module__.startswith("rest_framework.") and each.default_code != "invalid":
            yield each
        yield from _ours(each)


def _kind_of(error: type[APIException]) -> ProblemKind:
    said = [cleandoc(error.__doc__ or "")]
    if "default_detail" in vars(error):
        said.append(str(error.default_detail))
    return _kind(error.default_code, error.status_code, " ".join(said).strip())


def _kind(code: str, status: int, meaning: str) -> ProblemKind:
    return ProblemKind(type_of(code), title_of(code), status, meaning)
