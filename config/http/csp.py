"""Send the content security policy: of pages, of the admin, and of JSON."""

from typing import Final

from csp.constants import HEADER, SELF, UNSAFE_EVAL
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

OF_DATA: Final = "default-src 'none'; frame-ancestors 'none'"


class ContentSecurityPolicy(CSPMiddleware):
    """Allow ``unsafe-eval`` in the admin only: its theme runs Alpine.js, which needs it.

    JSON may load and run nothing, in case a browser renders it as a page. Source: OWASP REST
    Security Cheat Sheet, "Security headers".
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if "json" in response.headers.get("Content-Type", ""):
            response.headers[HEADER] = OF_DATA
            return response
        return super().process_response(request, response)

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,  # noqa: FBT001, FBT002 - the signature of django-csp
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(reverse("admin:index")):
            parts.update = {**(parts.update or {}), "script-src": [SELF, UNSAFE_EVAL]}
        return parts
