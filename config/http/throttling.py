"""How much one client may ask: so much per user and minute, and few wrong tokens per address.

The counts are in the memory of each web process: a shared store would be one more thing that every
request waits for, and the broker may be away at any time. So a client gets the limit of one process
at least, and that of all of them at most.
"""

from typing import Any

from django.conf import settings
from django.core.cache import caches
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle

WRONG_TOKENS_PER_MINUTE = 30


class PerUser(UserRateThrottle):
    """Counts what a user asks for, with whichever token; where nobody is known, an address.

    A request counts once, whoever asks first: its view, or what answers in the view's place.
    """

    cache = caches["throttles"]

    def allow_request(self, request: Request, view: Any) -> bool:
        asked = vars(request._request)  # noqa: SLF001 - what both have in common
        if "is_counted" in asked:
            return True
        asked["is_counted"] = True
        return bool(super().allow_request(request, view))

    def get_rate(self) -> str | None:
        most = settings.API_REQUESTS_PER_MINUTE
        return f"{most}/min" if most else None


class WrongTokens(SimpleRateThrottle):
    """Counts the wrong tokens that come from an address; good ones are never held up by them."""

    scope = "wrong_token"
    cache = caches["throttles"]

    def get_rate(self) -> str | None:
        return f"{WRONG_TOKENS_PER_MINUTE}/min" if settings.API_REQUESTS_PER_MINUTE else None

    def get_cache_key(self, request: Request, view: Any) -> str:  # noqa: ARG002 - DRF's signature
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


def count_wrong_token(request: Request) -> None:
    """Note that a wrong token came.

    :raises Throttled: too many have come from this address.
    """
    counter: Any = WrongTokens()
    if not counter.allow_request(request, None):
        raise Throttled(counter.wait())
