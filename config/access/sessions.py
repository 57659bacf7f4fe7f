"""How long a session lasts: until nothing is done for a while, and a working day at most."""

import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse

BEGAN: Final = "began"
SEEN: Final = "seen"

BETWEEN_SIGNS: Final = 60
"""Seconds; to write down every request would cost each a commit."""


class SessionLimits:
    """Ends the session of whoever has been away, or here, for too long."""

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
            elif idle > BETWEEN_SIGNS:
                session[SEEN] = int(now)
        return self.get_response(request)


def begin_session(request: HttpRequest) -> None:
    """Note that somebody has just signed in."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())
