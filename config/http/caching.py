"""Forbid caches, of proxies and browsers, to store answers of the API."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config.http.problems import API


class NoStore:
    """Add ``Cache-Control: no-store`` to answers of the API; clients revalidate by ``ETag``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(API):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
