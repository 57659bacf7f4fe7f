"""A page for every kind of problem, where its ``type`` leads: what it means, and what to do.

The kinds of the project tell it themselves: an exception's docstring says what happened, its
``default_detail`` what to do. Only the framework's own are described here.
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
import config.http.idempotency  # noqa: F401 - both raise some, and no address leads to them
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
    "bad_request": (400, "The request cannot be used, whatever it asks for: see its Host header."),
    "parse_error": (400, "The body is not JSON. The detail says where it stops being so."),
    "invalid_input": (400, "Fields or parameters cannot be used: errors says which, and why."),
    "authentication_failed": (401, "The token is wrong, or is valid no more: ask for a new one."),
    "not_authenticated": (401, "No token came with the request: Authorization: Bearer <token>."),
    "permission_denied": (403, "Whoever asks is known, and may not do this."),
    "not_found": (404, "There is no such thing, or it is somebody else's."),
    "method_not_allowed": (
        405,
        "The address does not do this: Allow says what it does.",
    ),
    "not_acceptable": (406, "The API answers with JSON, which Accept excludes."),
    "uri_too_long": (414, "The address is longer than the server reads: ask for less in it."),
    "header_fields_too_large": (431, "The headers are larger than the server reads: send fewer."),
    "unsupported_media_type": (415, "The body is not sent as application/json."),
    "throttled": (429, "Too many requests: come back after so many seconds as Retry-After says."),
    "unavailable": (503, "The server cannot do it just now: send the request again later."),
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
