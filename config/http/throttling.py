"""Limit requests per user and minute; per address wrong tokens, and what few need often.

Each web process counts in its own memory: a shared store would be one more server that every
request depends on. So the effective limit is between that of one process and the sum of all.
"""

import math
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle

WRONG_TOKENS_PER_MINUTE = 30


class PerUser(UserRateThrottle):
    """Count the requests of a user, over all tokens, or of an address without authentication.

    A request counts once, although both its view and ``IdempotencyKeys`` ask.
    """

    cache = caches["throttles"]
    policy = "user"
    history: Any
    now: float
    num_requests: Any
    duration: Any

    def allow_request(self, request: Request, view: Any) -> bool:
        asked = vars(request._request)  # noqa: SLF001 - both share the inner request
        if "is_counted" in asked:
            return True
        asked["is_counted"] = True
        token = getattr(request, "auth", None)
        if getattr(token, "scopes", None):
            self.policy, most = "token", settings.SERVICE_REQUESTS_PER_MINUTE
            self.rate = f"{most}/min" if most else None
            self.num_requests, self.duration = self.parse_rate(self.rate)
        if self.rate is None:
            return True
        is_allowed = bool(super().allow_request(request, view))
        asked["rate_limit"] = self._headers()
        return is_allowed

    def get_rate(self) -> str | None:
        most = settings.API_REQUESTS_PER_MINUTE
        return f"{most}/min" if most else None

    def get_cache_key(self, request: Request, view: Any) -> str:  # noqa: ARG002 - DRF's signature
        """Name the account that is counted; a guest, who has none, counts by address."""
        ident = request.user.pk or self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}

    def _headers(self) -> dict[str, str]:
        """Describe the limit and what is left of it (draft-ietf-httpapi-ratelimit-headers-10)."""
        left = max(self.num_requests - len(self.history), 0)
        until = math.ceil(self.duration - (self.now - self.history[-1])) if self.history else 60
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.num_requests};w={self.duration}',
            "RateLimit": f'"{self.policy}";r={left};t={max(until, 0)}',
        }


class RateLimitHeaders:
    """Say in each answer that was counted how many requests are left."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in vars(request).get("rate_limit", {}).items():
            response.headers[name] = value
        return response


class PerAddress(SimpleRateThrottle):
    """Count the requests of an address to views that allow few: ``requests_per_minute``."""

    scope = "address"
    cache = caches["throttles"]

    def __init__(self) -> None:
        """Leave the rate to the view."""

    def allow_request(self, request: Request, view: Any) -> bool:
        most = getattr(view, "requests_per_minute", None)
        if not most or not settings.API_REQUESTS_PER_MINUTE:
            return True
        self.num_requests, self.duration = most, 60
        self.rate = f"{most}/min"
        return bool(super().allow_request(request, view))

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"throttle_{type(view).__name__}_{self.get_ident(request)}"


class WrongTokens(SimpleRateThrottle):
    """Count the wrong tokens from an address; requests with a valid token are not limited by it."""

    scope = "wrong_token"
    cache = caches["throttles"]

    def get_rate(self) -> str | None:
        return f"{WRONG_TOKENS_PER_MINUTE}/min" if settings.API_REQUESTS_PER_MINUTE else None

    def get_cache_key(self, request: Request, view: Any) -> str:  # noqa: ARG002 - DRF's signature
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


def count_wrong_token(request: Request) -> None:
    """Count a wrong token.

    :raises Throttled: too many have come from this address.
    """
    counter: Any = WrongTokens()
    if not counter.allow_request(request, None):
        raise Throttled(counter.wait())
