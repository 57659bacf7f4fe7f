"""Answers of the API stay with whoever asked: no cache keeps them, on the way or on a disk."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config.http.problems import API


class KeptNowhere:
    """Forbid to store what the API answers; what may be asked again is told by its ``ETag``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(API):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
