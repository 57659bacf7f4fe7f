"""Settings of Django REST framework, of CORS and of the content security policy."""

from typing import Any, Final

from corsheaders.defaults import default_headers
from csp.constants import NONE, SELF

CONTENT_SECURITY_POLICY: Final = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "style-src": [SELF, "'unsafe-inline'"],
    }
}


CORS_URLS: Final = "^/api/v1/"
CORS_TAKEN: Final = (
    *default_headers,
    "consistency-token",
    "guest-token",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "on-behalf-of",
    "prefer",
    "x-request-id",
)
"""Headers that a page of another origin may send."""
CORS_SHOWN: Final = (
    "Consistency-Token",
    "ETag",
    "Idempotent-Replayed",
    "Location",
    "Preference-Applied",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
)
"""Headers of answers that it may read."""


def rest_framework(*, proxies: int) -> dict[str, Any]:
    """Return ``REST_FRAMEWORK``.

    :param proxies: how many proxies of ours add to ``X-Forwarded-For``.
    """
    return {
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "config.access.authentication.TokenAuthentication",
            "rest_framework.authentication.SessionAuthentication",
            "config.access.guest_tokens.GuestAuthentication",
        ],
        "DEFAULT_PERMISSION_CLASSES": ["config.access.permissions.MayDo"],
        "DEFAULT_THROTTLE_CLASSES": [
            "config.http.throttling.PerUser",
            "config.http.throttling.PerAddress",
        ],
        "NUM_PROXIES": proxies,
        "DEFAULT_RENDERER_CLASSES": ["config.http.rendering.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["config.http.parsers.JSONParser"],
        "DEFAULT_FILTER_BACKENDS": ["config.http.filters.StrictFilters"],
        "DEFAULT_PAGINATION_CLASS": "config.http.pagination.KeysetPagination",
        "DEFAULT_SCHEMA_CLASS": "config.openapi.schema.Schema",
        "EXCEPTION_HANDLER": "config.http.problems.problem_response",
        # The OpenAPI document describes the API; OPTIONS and ?format= would do it differently.
        "DEFAULT_METADATA_CLASS": None,
        "URL_FORMAT_OVERRIDE": None,
    }
