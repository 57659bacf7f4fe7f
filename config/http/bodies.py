"""Refuse chunked request bodies: they would be read as empty."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import APIException

from config.http.problems import refuse


class LengthMissing(APIException):
    """The body came in chunks, without a length; nothing was done."""

    status_code = HTTPStatus.LENGTH_REQUIRED
    default_code = "length_required"
    default_detail = "Send the body in one piece, with its Content-Length."


class LengthRequired:
    """Refuse requests with ``Transfer-Encoding``. Source: RFC 9110, section 15.5.12."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "Transfer-Encoding" in request.headers:
            return refuse(request, LengthMissing())
        return self.get_response(request)
