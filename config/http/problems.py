"""Answer errors of the API as problem details.

Source: RFC 9457, Problem Details for HTTP APIs; ``errors`` as in its section 3.
"""

import math
import sys
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string
from django.utils.encoding import escape_uri_path
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from config.http.request_ids import current_request_id
from config.postgresql.errors import DatabaseUnavailable
from outbox.kit.http.refusals import problem_of

CONTENT_TYPE: Final = "application/problem+json"
API: Final = "/api/"


class DatabaseAway(APIException):
    """The database is unreachable, restarting, full or read-only at this moment."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "database_away"
    default_detail = (
        "Send the request again after the seconds of Retry-After if it had an Idempotency-Key;"
        " without one check first what became of it: the outcome is not known."
    )
    wait = 2


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn what a view of the API raised into a problem; DRF calls this for every error.

    :returns: ``None`` for an error of the server; Django then calls ``server_error``.
    """
    error = problem_of(error, context.get("view"))
    if isinstance(error, DatabaseUnavailable):
        error = DatabaseAway()
    response = exception_handler(error, dict(context))
    if response is None:
        return None
    request = context["request"]
    problem = _problem(response.status_code, _code(error, response.status_code), request.path)
    if isinstance(error, ValidationError):
        errors = _errors(response.data, in_query=request.method in {"GET", "HEAD"})
        several = "Some of the input cannot be used: errors says which, and why."
        problem["detail"] = errors[0]["detail"] if len(errors) == 1 else several
        problem["errors"] = errors
    else:
        problem["detail"] = str(response.data["detail"])
    response.data = problem
    response.content_type = CONTENT_TYPE
    return response


def refuse(request: HttpRequest, refusal: APIException) -> HttpResponse:
    """Answer a request that is refused before a view of the API runs."""
    code = refusal.default_code
    response = _json(request, HTTPStatus(refusal.status_code), code, str(refusal.detail))
    if wait := getattr(refusal, "wait", None):
        response.headers["Retry-After"] = str(math.ceil(wait))
    return response


@csrf_exempt
def no_such_address(request: HttpRequest) -> HttpResponse:
    """Answer requests for addresses under the API that do not exist."""
    return _json(request, HTTPStatus.NOT_FOUND, "not_found", "Nothing is served at this address.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refuses, such as one for a wrong host."""
    request.refused_because = str(exception)  # type: ignore[attr-defined]  # for the log
    if not request.path.startswith(API):
        return defaults.bad_request(request, exception)
    return _json(request, HTTPStatus.BAD_REQUEST, "bad_request", "The request cannot be used.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a request that failed by an error of the server; only the log says which.

    Django calls this while the error is being handled: an unavailable database is answered as such.
    """
    if isinstance(sys.exc_info()[1], DatabaseUnavailable):
        return refuse(request, DatabaseAway())
    if not request.path.startswith(API):
        page = render_to_string("500.html", {"request_id": current_request_id()})
        return HttpResponseServerError(page)
    return _json(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "server_error",
        "The server failed, and the outcome is not known: send the request again if it had an"
        " Idempotency-Key; without one check first what became of it.",
    )


def _json(request: HttpRequest, status: HTTPStatus, code: str, detail: str) -> HttpResponse:
    problem = {**_problem(status, code, request.path), "detail": detail}
    return HttpResponse(msgspec.json.encode(problem), status=status, content_type=CONTENT_TYPE)


def type_of(code: str) -> str:
    """Return the URI of a kind of problem, which leads to its page."""
    return f"/problems/{code.replace('_', '-')}"


def title_of(code: str) -> str:
    return code.replace("_", " ").capitalize()


def _problem(status: int, code: str, path: str) -> dict[str, Any]:
    return {
        "type": type_of(code),
        "title": title_of(code),
        "status": int(status),
        "detail": "",
        "instance": escape_uri_path(path),
        "request_id": current_request_id(),
    }


def _code(error: Exception, status: int) -> str:
    """Return the kind of problem; ``invalid`` is renamed, and Django's own errors have no code."""
    if not isinstance(error, APIException):
        return {403: "permission_denied", 404: "not_found"}[status]
    return "invalid_input" if error.default_code == "invalid" else error.default_code


def _errors(data: Any, *, in_query: bool) -> list[dict[str, str]]:
    """Return each error with its query parameter, or its pointer into the body."""
    return [
        {"parameter": path[0], "detail": str(detail)}
        if in_query
        else {"pointer": _pointer(path), "detail": str(detail)}
        for path, detail in _flatten(data, ())
    ]


def _flatten(errors: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the path and the text of each error in DRF's nested structure."""
    if isinstance(errors, Mapping):
        for name, inner in errors.items():
            yield from _flatten(inner, path if name == "non_field_errors" else (*path, str(name)))
    elif isinstance(errors, list):
        for index, inner in enumerate(errors):
            nested = isinstance(inner, Mapping | list)
            yield from _flatten(inner, (*path, str(index)) if nested else path)
    else:
        yield path, errors


def _pointer(path: tuple[str, ...]) -> str:
    """Return a JSON Pointer as a fragment (RFC 6901, section 6)."""
    escaped = (name.replace("~", "~0").replace("/", "~1") for name in path)
    return "#" + "".join(f"/{quote(name, safe='~')}" for name in escaped)
