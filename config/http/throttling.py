"""Limit requests per user and minute, and wrong tokens per address and minute.

Each web process counts in its own memory: a shared store would be one more server that every
request depends on. So the effective limit is between that of one process and the sum of all.
"""

from typing import Any

from django.conf import settings
from django.core.cache import caches
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle

WRONG_TOKENS_PER_MINUTE = 30


class PerUser(UserRateThrottle):
    """Count the requests of a user, over all tokens, or of an address without authentication.

    A request counts once, although both its view and ``IdempotencyKeys`` ask.
    """

    cache = caches["throttles"]

    def allow_request(self, request: Request, view: Any) -> bool:
        asked = vars(request._request)  # noqa: SLF001 - both share the inner request
        if "is_counted" in asked:
            return True
        asked["is_counted"] = True
        return bool(super().allow_request(request, view))

    def get_rate(self) -> str | None:
        most = settings.API_REQUESTS_PER_MINUTE
        return f"{most}/min" if most else None


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
