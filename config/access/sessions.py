"""End sessions that were idle for too long, or began too long ago."""

import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

BEGAN: Final = "began"
SEEN: Final = "seen"

BETWEEN_RECORDS: Final = 60
"""Seconds: to record every request would cost each a commit."""


class SessionLimits:
    """Log out a user whose session is over; a page that renews itself is no use of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session, now = request.session, time.time()
        if SESSION_KEY in session:
            idle = now - session.get(SEEN, 0)
            if (
                idle > settings.SESSION_IDLE_MINUTES * 60
                or now - session.get(BEGAN, 0) > settings.SESSION_COOKIE_AGE
            ):
                logout(request)
            elif idle > BETWEEN_RECORDS and not _renews_itself(request):
                session[SEEN] = int(now)
        return self.get_response(request)


def _renews_itself(request: HttpRequest) -> bool:
    """Tell whether a page has refreshed itself, which it does unattended too."""
    return request.path_info.startswith(reverse("admin:index")) and request.path_info.endswith(
        "/live/"
    )


def begin_session(request: HttpRequest) -> None:
    """Record when the session began."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())
