"""Give each request an id: in its answer, in a problem, and in every line that it logs.

The id is the client's own (``X-Request-ID``) or a new one. Each refused request is logged in one
line, with its user.
"""

import re
from collections.abc import Callable
from typing import Final

import structlog
from django.db import Error
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars, get_contextvars
from uuid_utils.compat import uuid7

from config.http.client_address import client_address

HEADER: Final = "X-Request-ID"

_USABLE = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
"""Excludes what could end a header, a line of a log or an attribute of a page."""

log = structlog.get_logger()


class RequestIds:
    """The outermost middleware, so that the lines and answers of all others have the id too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        name = given if _USABLE.fullmatch(given) else str(uuid7())
        with bound_contextvars(request_id=name, address=client_address(request)):
            response = self.get_response(request)
            if 400 <= response.status_code < 500:
                _log_refusal(request, response.status_code)
        response.headers[HEADER] = name
        return response


def current_request_id() -> str:
    """Return the id of the request that is being answered; empty outside of one."""
    return str(get_contextvars().get("request_id", ""))


def _log_refusal(request: HttpRequest, status: int) -> None:
    log.warning(
        "request_refused",
        status=status,
        method=request.method,
        path=request.path,
        user=_user_of(request),
        because=getattr(request, "refused_because", None),
    )


def _user_of(request: HttpRequest) -> int | None:
    """Return the id of the user, if the request was authenticated."""
    try:
        return getattr(getattr(request, "user", None), "pk", None)
    except Error:
        # The session cannot be read; the error behind that is logged elsewhere.
        return None
